#pragma once

#include <cuda_bf16.h>
#include <cuda_runtime_api.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/cuda/buffer.hpp"

namespace fluxscope::bench {

/// An operation at one size, with all that its launches share.
struct SmallOp {
  std::string name;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;  ///< read and written by one launch
  /// `memory`: bytes / 2 + kSliceSlack elements that no other launch has.
  std::function<void(__nv_bfloat16* memory, bool early, cudaStream_t)> launch;
};

/// Elements of a launch's memory beyond what it moves.
inline constexpr std::int64_t kSliceSlack = std::int64_t{1} << 17;

/// The embedding table that all sizes look into.
class EmbeddingTable {
 public:
  EmbeddingTable();
  [[nodiscard]] __nv_bfloat16 const* data() const { return table_.data(); }

 private:
  DeviceBuffer<__nv_bfloat16> table_;
};

/// Every operation at the sizes of Llama-3.1-8B, with as many rows as move about `bytes`, at least
/// one. Refers to `table`.
[[nodiscard]] std::vector<SmallOp> small_ops(std::int64_t bytes, EmbeddingTable const& table);

}  // namespace fluxscope::bench

#pragma once

#include <cuda_bf16.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/cuda/buffer.hpp"
#include "kernels/device/probe_record.hpp"
#include "runs/cases/layout.hpp"

namespace fluxscope::profiler {

/// Device memory that all cases of a run share; it only grows. K, V and Q hold random normal bf16.
class CaseMemory {
 public:
  explicit CaseMemory(std::uint64_t seed) : seed_(seed) {}

  /// Makes room for `copies` data copies of a case and its outputs. Throws InputError that says how
  /// many bytes were needed, what the device has, and which of the user's numbers to lower.
  void reserve(runs::CaseLayout const& layout, std::uint32_t copies, cudaStream_t stream);

  /// Packs host tables into one upload. The returned pointers stay valid until the next
  /// begin_tables().
  void begin_tables();
  template <class T>
  std::size_t add_table(std::vector<T> const& rows) {
    return add_bytes(rows.data(), rows.size() * sizeof(T));
  }
  void upload_tables(cudaStream_t stream);
  template <class T>
  [[nodiscard]] T* table(std::size_t offset) const {
    return reinterpret_cast<T*>(tables_.data() + offset);
  }

  /// Bytes that may be taken by rotated copies: half of what is free beside the arena itself.
  [[nodiscard]] std::int64_t copy_budget_bytes() const;

  DeviceBuffer<__nv_bfloat16> kv;  ///< copies x (cache K, cache V, page K, page V)
  DeviceBuffer<__nv_bfloat16> q;   ///< copies x [rows, q_heads, head_dim]
  DeviceBuffer<__nv_bfloat16> o;
  DeviceBuffer<float> lse;
  DeviceBuffer<float> o_partial;
  DeviceBuffer<float> lse_partial;
  DeviceBuffer<kernels::WarpRecord> probe_warps;
  DeviceBuffer<kernels::TileRecord> probe_tiles;

 private:
  std::size_t add_bytes(void const* data, std::size_t bytes);
  void take(runs::CaseLayout const& layout, std::uint32_t copies, cudaStream_t stream);

  std::uint64_t seed_;
  std::vector<std::byte> staging_;
  DeviceBuffer<std::byte> tables_;
};

}  // namespace fluxscope::profiler

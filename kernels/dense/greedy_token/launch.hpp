#pragma once
// greedy_token: the index of the largest logit of each row.
//
// Of equal logits the lowest index wins (-0 equals 0). A row that holds a NaN has no largest logit:
// its token is kNoToken, which no vocabulary has, so that it cannot go on unnoticed.

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

#include "kernels/dense/tuning.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/device/probe_record.hpp"

namespace fluxscope::kernels {

inline constexpr std::int32_t kNoToken = -1;

enum class LogitType : std::uint8_t { float32, bfloat16 };

struct GreedyTokenParams {
  void const* logits = nullptr;  // [rows, row_stride]
  LogitType type = LogitType::bfloat16;
  std::int32_t rows = 0;
  std::int32_t vocab_size = 0;
  std::int32_t row_stride = 0;     ///< >= vocab_size, a multiple of 16 bytes; in elements
  std::int32_t* tokens = nullptr;  // [rows]
  void* workspace = nullptr;       // [greedy_token_workspace_bytes(rows)]; zero before the first
                                   // launch, each launch leaves it zero
  ProbeBuffers probe;              ///< warp records only
};

[[nodiscard]] std::size_t greedy_token_workspace_bytes(std::int32_t rows);

/// Enqueues only; a row is split over CTAs. Throws InputError for a size it does not take or a null
/// or misaligned pointer.
void launch_greedy_token(GreedyTokenParams const& params, RowsTuning const& tuning,
                         cudaStream_t stream);

[[nodiscard]] KernelFacts greedy_token_facts(LogitType type, ProbeLevel probe);

}  // namespace fluxscope::kernels

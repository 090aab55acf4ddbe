#pragma once
// rms_norm: RMSNorm (arXiv 1910.07467), with the sum of the residual and a branch before it.
//
//   s = residual + x, stored as bf16 in residual's place   (without residual: s = x)
//   y = s / sqrt(mean(s^2) + eps) weight
//
// The norm is of the stored, rounded s. Sums in fp32, one rounding of y.

#include <cuda_bf16.h>
#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/dense/tuning.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/device/probe_record.hpp"

namespace fluxscope::kernels {

inline constexpr std::int32_t kMostNormHidden = 16384;

struct RmsNormParams {
  __nv_bfloat16 const* x = nullptr;       // [source rows, hidden]
  __nv_bfloat16* residual = nullptr;      // [source rows, hidden], or null
  __nv_bfloat16 const* weight = nullptr;  // [hidden]
  __nv_bfloat16* y = nullptr;             // [rows, hidden]; may be x without source_rows
  /// [rows]: rows of x and residual to norm, no row twice; null: row i is row i. For the last norm,
  /// which only the last token of each request needs.
  std::int32_t const* source_rows = nullptr;
  std::int32_t rows = 0;
  std::int32_t hidden = 0;  ///< a multiple of 8 up to kMostNormHidden
  float eps = 0;
  ProbeBuffers probe;  ///< warp records only
};

/// Enqueues only. Throws InputError for a size it does not take or a null or misaligned pointer.
void launch_rms_norm(RmsNormParams const& params, RowsTuning const& tuning, cudaStream_t stream);

[[nodiscard]] KernelFacts rms_norm_facts(std::int32_t hidden, ProbeLevel probe);

}  // namespace fluxscope::kernels

#pragma once
// router: the Layer Router of Flux Attention (arXiv 2604.07394v1; widths and order of operations as
// in the released class AttentionRouter). It turns the queries of a prefill into one gate per
// sequence and leaves it in device memory: no host synchronisation.
//
//   pooled  = mean over heads and tokens of concat(q[:P], q[-P:]), q before RoPE   [d]
//   encoder = Linear(d, 8d), SiLU, Linear(8d, 2d)
//   head    = Linear(2d, 4d), SiLU, Linear(4d, d), SiLU, Linear(d, 2)
//   gate    = argmax(logits): 1 full attention, 0 sparse attention; a tie is 0
//
// The windows clip and overlap as Python slices do: with q_len < P both hold the whole sequence,
// with P <= q_len < 2P the middle tokens count twice. The released code computes in bf16, this
// kernel accumulates and keeps activations in fp32: gates can differ where the logits nearly tie.

#include <cuda_runtime_api.h>

#include <cstddef>

#include "kernels/attention/params.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "plan/op/attention_shape.hpp"

namespace fluxscope::kernels {

inline constexpr int kRouterLayers = 5;

enum class RouterWeightType : std::uint8_t { float32, bfloat16 };

/// A torch.nn.Linear.
struct RouterLayer {
  void const* weight = nullptr;  // [out, in]
  void const* bias = nullptr;    // [out]
};

struct RouterParams {
  __nv_bfloat16 const* q = nullptr;           // [rows, q_heads, head_dim], before RoPE
  SequenceParams const* sequences = nullptr;  // [batch]; q_len >= 1 and q_row_begin are used
  RouterLayer layers[kRouterLayers];
  RouterWeightType weight_type = RouterWeightType::float32;
  std::int32_t batch = 0;
  std::int32_t q_heads = 0;
  std::int32_t head_dim = 0;                           ///< d
  std::int32_t pool_tokens = plan::kRouterPoolTokens;  ///< P
  float* workspace = nullptr;                          // [router_workspace_floats(batch, head_dim)]
  float* logits = nullptr;                             // [batch, 2]
  std::int32_t* gate = nullptr;                        // [batch]
  ProbeBuffers probe;  ///< warp records only: the router has no tiles
};

/// Never changes the result.
struct RouterTuning {
  ProbeLevel probe = ProbeLevel::off;
};

/// Inputs and outputs of linear layer `layer` (0..4) as multiples of head_dim; the last layer's
/// output is 2, not a multiple.
struct RouterWidth {
  std::int32_t in = 0;
  std::int32_t out = 0;
};
[[nodiscard]] RouterWidth router_width(int layer, std::int32_t head_dim);

[[nodiscard]] std::size_t router_workspace_floats(std::int32_t batch, std::int32_t head_dim);

/// Enqueues one cooperative launch; allocates nothing, does not synchronise. Throws InputError for
/// an unsupported shape or a null or misaligned pointer, CudaError if the launch is refused (the
/// device must run kRouterCtas CTAs at once).
void launch_router(RouterParams const& params, RouterTuning const& tuning, cudaStream_t stream);

[[nodiscard]] KernelFacts router_facts(RouterWeightType weight_type, RouterTuning const& tuning);

/// Fixed, so that sums are added in the same order on every GPU.
inline constexpr int kRouterCtas = 64;
inline constexpr int kRouterWarps = 8;

}  // namespace fluxscope::kernels

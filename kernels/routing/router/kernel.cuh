#pragma once
// Device side of the router: partial sums of the pooling, then the linear layers with a grid-wide
// barrier between them, a warp per output.

#include <cooperative_groups.h>

#include "kernels/device/bf16.cuh"
#include "kernels/device/probe.cuh"
#include "kernels/routing/router/launch.hpp"

namespace fluxscope::kernels {

/// Offsets of one sequence's workspace, in floats: partial sums, then the four hidden activations.
struct RouterSpace {
  std::int32_t head_dim;

  [[nodiscard]] __host__ __device__ std::int32_t activation(int layer) const {
    // Widths of the outputs of layers 0..3: 8d, 2d, 4d, d.
    std::int32_t const before = layer == 0 ? 0 : layer == 1 ? 8 : layer == 2 ? 10 : 14;
    return (kRouterCtas + before) * head_dim;
  }
  [[nodiscard]] __host__ __device__ std::int32_t floats() const {
    return (kRouterCtas + 15) * head_dim;
  }
};

/// A weight type as 16-byte pieces.
template <class Weight>
struct Piece;

template <>
struct Piece<float> {
  static constexpr int kColumns = 4;
  static __device__ __forceinline__ float value(float x) { return x; }
  static __device__ __forceinline__ float dot(uint4 w, float const* x, float sum) {
    sum = fmaf(__uint_as_float(w.x), x[0], sum);
    sum = fmaf(__uint_as_float(w.y), x[1], sum);
    sum = fmaf(__uint_as_float(w.z), x[2], sum);
    return fmaf(__uint_as_float(w.w), x[3], sum);
  }
};

template <>
struct Piece<__nv_bfloat16> {
  static constexpr int kColumns = 8;
  static __device__ __forceinline__ float value(__nv_bfloat16 x) { return __bfloat162float(x); }
  static __device__ __forceinline__ float dot(uint4 w, float const* x, float sum) {
    sum = fmaf(low_bf16(w.x), x[0], fmaf(high_bf16(w.x), x[1], sum));
    sum = fmaf(low_bf16(w.y), x[2], fmaf(high_bf16(w.y), x[3], sum));
    sum = fmaf(low_bf16(w.z), x[4], fmaf(high_bf16(w.z), x[5], sum));
    return fmaf(low_bf16(w.w), x[6], fmaf(high_bf16(w.w), x[7], sum));
  }
};

/// This CTA's share of the sum over the pooled (token, head) rows -> partial [head_dim].
/// The windows are contiguous in memory: rows [0, window) and [total - window, total).
__device__ __forceinline__ void pool_rows(float* partial, __nv_bfloat16 const* rows,
                                          std::int64_t total, std::int64_t window, int head_dim,
                                          float* scratch) {
  int const pieces = head_dim / 8;  // of 16 bytes
  int const row_lanes = kRouterWarps * 32 / pieces;
  int const piece = static_cast<int>(threadIdx.x) % pieces;
  int const row_lane = static_cast<int>(threadIdx.x) / pieces;
  float sum[8] = {};
  for (std::int64_t i = std::int64_t{blockIdx.x} * row_lanes + row_lane; i < 2 * window;
       i += std::int64_t{kRouterCtas} * row_lanes) {
    std::int64_t const row = i < window ? i : total - 2 * window + i;
    uint4 const bits = __ldg(reinterpret_cast<uint4 const*>(rows + row * head_dim) + piece);
    std::uint32_t const word[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
    for (int k = 0; k < 4; ++k) {
      sum[2 * k] += low_bf16(word[k]);
      sum[2 * k + 1] += high_bf16(word[k]);
    }
  }
#pragma unroll
  for (int k = 0; k < 8; ++k) scratch[row_lane * head_dim + piece * 8 + k] = sum[k];
  __syncthreads();
  if (static_cast<int>(threadIdx.x) < head_dim) {
    float column = 0;
    for (int r = 0; r < row_lanes; ++r) column += scratch[r * head_dim + threadIdx.x];
    partial[threadIdx.x] = column;
  }
  __syncthreads();
}

/// Dot product of a weight row and `x`, the same in every lane.
template <class Weight>
__device__ __forceinline__ float dot_row(Weight const* weight, float const* x, int in, int lane) {
  constexpr int kColumns = Piece<Weight>::kColumns;
  float sum = 0;
  for (int column = lane * kColumns; column < in; column += 32 * kColumns) {
    sum =
        Piece<Weight>::dot(__ldg(reinterpret_cast<uint4 const*>(weight + column)), x + column, sum);
  }
#pragma unroll
  for (int lanes = 16; lanes > 0; lanes /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, lanes);
  return sum;
}

/// out[r] = weight[r] . x + bias[r], optionally SiLU; rows are dealt to all warps of the grid.
template <class Weight>
__device__ __forceinline__ void linear_layer(float* out, float const* x, RouterLayer const& layer,
                                             int in, int out_rows, bool silu) {
  int const lane = static_cast<int>(threadIdx.x) % 32;
  int const warp = static_cast<int>(blockIdx.x) * kRouterWarps + static_cast<int>(threadIdx.x) / 32;
  auto const* const weight = static_cast<Weight const*>(layer.weight);
  auto const* const bias = static_cast<Weight const*>(layer.bias);
  for (int row = warp; row < out_rows; row += kRouterCtas * kRouterWarps) {
    float y =
        dot_row(weight + std::int64_t{row} * in, x, in, lane) + Piece<Weight>::value(bias[row]);
    if (silu) y = y / (1.0f + expf(-y));
    if (lane == 0) out[row] = y;
  }
}

/// Copies `count` floats that other CTAs wrote into shared memory.
__device__ __forceinline__ void read_activation(float* shared, float const* global, int count) {
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kRouterWarps * 32) {
    shared[i] = __ldcg(global + i);
  }
  __syncthreads();
}

/// Adds the CTAs' partial sums in a fixed order -> mean of the pooled rows, in shared memory.
__device__ __forceinline__ void read_pooled(float* shared, RouterParams const& params, int seq,
                                            float const* partials) {
  int const d = params.head_dim;
  if (static_cast<int>(threadIdx.x) < d) {
    float sum = 0;
    for (int cta = 0; cta < kRouterCtas; ++cta) sum += __ldcg(partials + cta * d + threadIdx.x);
    int const window = min(params.pool_tokens, params.sequences[seq].q_len);
    shared[threadIdx.x] =
        sum / (2.0f * static_cast<float>(window) * static_cast<float>(params.q_heads));
  }
  __syncthreads();
}

/// One linear layer for every sequence, after all CTAs finished the one before.
template <class Weight, int kLayer>
__device__ __forceinline__ void run_layer(RouterParams const& params, float* shared) {
  constexpr int kInputs[kRouterLayers] = {1, 8, 2, 4, 1};  // in head_dim
  constexpr bool kLast = kLayer == kRouterLayers - 1;
  constexpr bool kSilu = kLayer == 0 || kLayer == 2 || kLayer == 3;  // none after the encoder
  int const in = kInputs[kLayer] * params.head_dim;
  int const out = kLast ? 2 : kInputs[(kLayer + 1) % kRouterLayers] * params.head_dim;
  RouterSpace const space{params.head_dim};
  cooperative_groups::this_grid().sync();
  for (int seq = 0; seq < params.batch; ++seq) {
    float* const base = params.workspace + std::int64_t{seq} * space.floats();
    if constexpr (kLayer == 0) {
      read_pooled(shared, params, seq, base);
    } else {
      read_activation(shared, base + space.activation(kLayer - 1), in);
    }
    float* const target = kLast ? params.logits + 2 * seq : base + space.activation(kLayer);
    linear_layer<Weight>(target, shared, params.layers[kLayer], in, out, kSilu);
    __syncthreads();
  }
}

template <class Weight, ProbeLevel kProbe>
__global__ void __launch_bounds__(kRouterWarps * 32, 1) router_kernel(RouterParams const params) {
  __shared__ float shared[2048];  // pooling scratch [row_lanes, d] or a layer's input, <= 8d
  FLUXSCOPE_PROBE(Probe<kProbe> probe(params.probe, threadIdx.x / 32, kRouterWarps);)
  int const d = params.head_dim;
  for (int seq = 0; seq < params.batch; ++seq) {
    SequenceParams const sequence = params.sequences[seq];
    std::int64_t const heads = params.q_heads;
    pool_rows(params.workspace + std::int64_t{seq} * RouterSpace{d}.floats() + blockIdx.x * d,
              params.q + sequence.q_row_begin * heads * d, sequence.q_len * heads,
              min(params.pool_tokens, sequence.q_len) * heads, d, shared);
  }
  run_layer<Weight, 0>(params, shared);
  run_layer<Weight, 1>(params, shared);
  run_layer<Weight, 2>(params, shared);
  run_layer<Weight, 3>(params, shared);
  run_layer<Weight, 4>(params, shared);
  // The two logits of a sequence are made by the first two warps of CTA 0.
  for (int seq = static_cast<int>(threadIdx.x); blockIdx.x == 0 && seq < params.batch;
       seq += kRouterWarps * 32) {
    params.gate[seq] = params.logits[2 * seq + 1] > params.logits[2 * seq] ? 1 : 0;
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

}  // namespace fluxscope::kernels

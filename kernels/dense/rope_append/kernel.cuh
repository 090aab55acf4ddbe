#pragma once
// The kernel rope_append. A thread holds 8 columns of each half of a head, so that both elements of
// a pair are in it, for kTokens tokens; a warp finds a token's place and its angles for the CTA.

#include "kernels/dense/rope_append/angle.cuh"
#include "kernels/dense/rope_append/launch.hpp"
#include "kernels/dense/rope_append/place.cuh"
#include "kernels/device/bf16.cuh"
#include "kernels/device/probe.cuh"

namespace fluxscope::kernels::rope {

inline constexpr int kThreads = 128;

/// Threads of a head.
template <int kHeadDim>
inline constexpr int kLanes = kHeadDim / (2 * kPieceElements);

/// Heads of Q, K and V that one CTA takes.
template <int kHeadDim>
inline constexpr int kHeads = kThreads / kLanes<kHeadDim>;

/// What a thread holds of one head: two pieces, half a head apart.
struct HeadPart {
  float low[kPieceElements];
  float high[kPieceElements];

  __device__ __forceinline__ void set(uint4 low_bits, uint4 high_bits) {
    unpack(low_bits, low);
    unpack(high_bits, high);
  }

  /// x / sqrt(mean(x^2) + eps) weight over the head's lanes. By whole warps.
  template <int kHeadDim>
  __device__ __forceinline__ void norm(HeadPart const& weight, float eps) {
    float squares = 0;
#pragma unroll
    for (int i = 0; i < kPieceElements; ++i) {
      squares = fmaf(low[i], low[i], fmaf(high[i], high[i], squares));
    }
#pragma unroll
    for (int lanes = kLanes<kHeadDim> / 2; lanes > 0; lanes /= 2) {
      squares += __shfl_xor_sync(0xffffffffu, squares, lanes);
    }
    float const factor = rsqrtf(squares / kHeadDim + eps);
#pragma unroll
    for (int i = 0; i < kPieceElements; ++i) {
      low[i] *= factor * weight.low[i];
      high[i] *= factor * weight.high[i];
    }
  }

  /// `turns`: of this thread's first column, those of the others kLanes apart.
  template <int kHeadDim>
  __device__ __forceinline__ void rotate(float2 const* turns) {
#pragma unroll
    for (int i = 0; i < kPieceElements; ++i) {
      float2 const turn = turns[i * kLanes<kHeadDim>];
      float const x = low[i];
      low[i] = x * turn.x - high[i] * turn.y;
      high[i] = high[i] * turn.x + x * turn.y;
    }
  }

  template <int kHeadDim>
  __device__ __forceinline__ void store(__nv_bfloat16* target) const {
    store_piece(target, pack(low));
    store_piece(target + kHeadDim / 2, pack(high));
  }
};

/// Which head a thread works on, and of what kind it is.
template <int kHeadDim>
struct HeadPlace {
  int lane;     // of the head's threads
  int head;     // among Q, K and V
  int kv_head;  // of its kind; of Q: negative
  bool q;
  bool v;
  bool present;

  __device__ __forceinline__ HeadPlace(RopeAppendParams const& params, int group) {
    lane = static_cast<int>(threadIdx.x) % kLanes<kHeadDim>;
    head = group * kHeads<kHeadDim> + static_cast<int>(threadIdx.x) / kLanes<kHeadDim>;
    int const k_head = head - params.q_heads;
    q = k_head < 0;
    v = k_head >= params.kv_heads;
    kv_head = v ? k_head - params.kv_heads : k_head;
    present = head < params.q_heads + 2 * params.kv_heads;
  }
};

/// Everything of one head of one token, once it is in registers.
template <int kHeadDim>
__device__ __forceinline__ void finish_head(RopeAppendParams const& params, HeadPart& part,
                                            HeadPart const& weight,
                                            HeadPlace<kHeadDim> const& where, std::int64_t row,
                                            TokenPlace const& place, float2 const* turns) {
  if (params.q_weight != nullptr) {
    HeadPart normed = part;
    normed.norm<kHeadDim>(weight, params.eps);
    if (!where.v) part = normed;
  }
  if (!where.present || place.sequence < 0) return;
  int const column = where.lane * kPieceElements;
  std::int64_t const q_element = (row * params.q_heads + where.head) * kHeadDim + column;
  if (where.q && params.router_q != nullptr && place.pooled) {
    part.store<kHeadDim>(params.router_q + q_element);
  }
  if (!where.v) part.rotate<kHeadDim>(turns + where.lane);
  if (where.q) {
    part.store<kHeadDim>(params.q + q_element);
    return;
  }
  std::int64_t const element = cache_element(params, place, where.kv_head);
  if (element < 0) return;
  part.store<kHeadDim>((where.v ? params.cache.v : params.cache.k) + element + column);
}

/// `groups`: CTAs of the same tokens.
template <int kHeadDim, int kTokens, ProbeLevel kProbe>
__global__ void __launch_bounds__(kThreads)
    rope_append_kernel(RopeAppendParams const params, int const groups) {
  __shared__ TokenPlace places[kTokens];
  __shared__ float2 turns[kTokens][kHeadDim / 2];
  FLUXSCOPE_PROBE(Probe<kProbe> probe(params.probe, threadIdx.x / 32, kThreads / 32);)
  int const group = static_cast<int>(blockIdx.x) % groups;
  std::int64_t const first = std::int64_t{static_cast<int>(blockIdx.x) / groups} * kTokens;
  HeadPlace<kHeadDim> const where(params, group);
  int const column = where.lane * kPieceElements;
  HeadPart weight;
  if (params.q_weight != nullptr) {
    auto const* const row =
        reinterpret_cast<uint4 const*>((where.q ? params.q_weight : params.k_weight) + column);
    weight.set(__ldg(row), __ldg(row + kHeadDim / 2 / kPieceElements));
  }
  ptx::let_next_grid_start();
  ptx::wait_for_previous_grid();

  std::int64_t const row_size = std::int64_t{params.q_heads + 2 * params.kv_heads} * kHeadDim;
  uint4 bits[kTokens][2] = {};
#pragma unroll
  for (int i = 0; i < kTokens; ++i) {
    if (where.present && first + i < params.tokens) {
      __nv_bfloat16 const* const source =
          params.qkv + (first + i) * row_size + where.head * kHeadDim + column;
      bits[i][0] = load_piece(source);
      bits[i][1] = load_piece(source + kHeadDim / 2);
    }
  }
  int const lane = static_cast<int>(threadIdx.x) % 32;
  for (int i = static_cast<int>(threadIdx.x) / 32; i < kTokens; i += kThreads / 32) {
    TokenPlace const place = find_place(params, first + i, lane);
    if (lane == 0) places[i] = place;
    for (int angle = lane; angle < kHeadDim / 2; angle += 32) {
      // The threads of a head read neighbours.
      int const slot = angle % kPieceElements * kLanes<kHeadDim> + angle / kPieceElements;
      turns[i][slot] = turn(place.position, __ldg(params.frequency + angle));
    }
  }
  __syncthreads();
#pragma unroll
  for (int i = 0; i < kTokens; ++i) {
    if (first + i < params.tokens) {
      HeadPart part;
      part.set(bits[i][0], bits[i][1]);
      finish_head(params, part, weight, where, first + i, places[i], turns[i]);
    }
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

}  // namespace fluxscope::kernels::rope

#pragma once
// The kernel greedy_token. A logit and its index are one 64-bit key: the largest key is the largest
// logit of the lowest index. The CTAs of a row meet in one atomic maximum, and the last of them
// writes the token.

#include "kernels/dense/greedy_token/launch.hpp"
#include "kernels/dense/row_chunk.cuh"
#include "kernels/device/bf16.cuh"
#include "kernels/device/probe.cuh"

namespace fluxscope::kernels::greedy {

using Key = unsigned long long;
inline constexpr Key kNanKey = ~Key{0};  // above that of +inf

/// What the CTAs of one row share; zero between launches.
struct RowState {
  Key best;
  unsigned arrived;
  unsigned unused;
};

__device__ __forceinline__ Key key_of(float logit, int index) {
  if (isnan(logit)) return kNanKey;
  std::uint32_t const bits = __float_as_uint(logit + 0.0f);  // -0 + 0 = 0
  // Ascending with the number: the sign bit set for positive ones, all bits flipped for negative.
  std::uint32_t const order = bits >> 31 != 0 ? ~bits : bits | 0x80000000u;
  return Key{order} << 32 | ~static_cast<std::uint32_t>(index);
}

__device__ __forceinline__ std::int32_t token_of(Key key) {
  return key == kNanKey ? kNoToken : static_cast<std::int32_t>(~static_cast<std::uint32_t>(key));
}

/// A logit type as 16-byte pieces.
template <class Logit>
struct Piece;

template <>
struct Piece<float> {
  static constexpr int kElements = 4;
  static __device__ __forceinline__ void unpack(uint4 bits, float (&x)[kElements]) {
    x[0] = __uint_as_float(bits.x);
    x[1] = __uint_as_float(bits.y);
    x[2] = __uint_as_float(bits.z);
    x[3] = __uint_as_float(bits.w);
  }
};

template <>
struct Piece<__nv_bfloat16> {
  static constexpr int kElements = kPieceElements;
  static __device__ __forceinline__ void unpack(uint4 bits, float (&x)[kElements]) {
    kernels::unpack(bits, x);
  }
};

/// Largest key of the CTA, in thread 0.
__device__ __forceinline__ Key max_of_cta(Key key) {
  __shared__ Key of_warp[kChunkThreads / 32];
#pragma unroll
  for (int lanes = 16; lanes > 0; lanes /= 2) {
    key = max(key, __shfl_xor_sync(0xffffffffu, key, lanes));
  }
  if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = key;
  __syncthreads();
#pragma unroll
  for (int warp = 0; warp < kChunkThreads / 32; ++warp) key = max(key, of_warp[warp]);
  return key;
}

/// By one thread of each of the row's CTAs.
__device__ __forceinline__ void merge(RowState& state, Key key, unsigned ctas,
                                      std::int32_t* token) {
  atomicMax(&state.best, key);
  __threadfence();
  if (atomicInc(&state.arrived, ctas - 1) != ctas - 1) return;  // the last sets it back to 0
  __threadfence();
  *token = token_of(atomicExch(&state.best, Key{0}));
}

template <class Logit, ProbeLevel kProbe>
__global__ void __launch_bounds__(kChunkThreads)
    greedy_token_kernel(GreedyTokenParams const params) {
  constexpr int kElements = Piece<Logit>::kElements;
  FLUXSCOPE_PROBE(Probe<kProbe> probe(params.probe, threadIdx.x / 32, kChunkThreads / 32);)
  int const pieces = (params.vocab_size + kElements - 1) / kElements;
  RowChunk const chunk(pieces);
  auto const* const row = static_cast<Logit const*>(params.logits) + chunk.row * params.row_stride;
  ptx::let_next_grid_start();
  ptx::wait_for_previous_grid();
  uint4 bits[kChunkLoads] = {};
#pragma unroll
  for (int i = 0; i < kChunkLoads; ++i) {
    if (chunk.piece(i) < pieces) bits[i] = reinterpret_cast<uint4 const*>(row)[chunk.piece(i)];
  }
  Key best = 0;  // below every logit's
#pragma unroll
  for (int i = 0; i < kChunkLoads; ++i) {
    float x[kElements];
    Piece<Logit>::unpack(bits[i], x);
#pragma unroll
    for (int e = 0; e < kElements; ++e) {
      int const index = chunk.piece(i) * kElements + e;
      if (index < params.vocab_size) best = max(best, key_of(x[e], index));
    }
  }
  best = max_of_cta(best);
  if (threadIdx.x == 0) {
    merge(static_cast<RowState*>(params.workspace)[chunk.row], best,
          static_cast<unsigned>(chunks_of(pieces)), params.tokens + chunk.row);
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

}  // namespace fluxscope::kernels::greedy

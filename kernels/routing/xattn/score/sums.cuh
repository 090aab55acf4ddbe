#pragma once
// From the scores of a chunk of key groups to sums per KV block in the workspace.

#include "kernels/device/accumulator.cuh"
#include "kernels/device/ptx.cuh"
#include "kernels/routing/xattn/score/panels.cuh"

namespace fluxscope::kernels::xattn {

/// x[i * kStep], i = 0..3, summed over the four lanes of a row: lane i % 4 gets the sum of i.
template <int kStep>
__device__ __forceinline__ float quad_sums(float const* x, int lane) {
  bool const high = (lane & 2) != 0;
  bool const odd = (lane & 1) != 0;
  float even_part = high ? x[2 * kStep] : x[0];
  float odd_part = high ? x[3 * kStep] : x[kStep];
  even_part += __shfl_xor_sync(0xffffffffu, high ? x[0] : x[2 * kStep], 2);
  odd_part += __shfl_xor_sync(0xffffffffu, high ? x[kStep] : x[3 * kStep], 2);
  return (odd ? odd_part : even_part) + __shfl_xor_sync(0xffffffffu, odd ? even_part : odd_part, 1);
}

/// Writes this lane's kCount consecutive sums, on a boundary of kCount floats.
template <int kCount>
__device__ __forceinline__ void store_sums(float* target, float const (&sums)[kCount]) {
  static_assert(kCount == 1 || kCount == 2 || kCount % 4 == 0);
  if constexpr (kCount == 1) {
    *target = sums[0];
  } else if constexpr (kCount == 2) {
    *reinterpret_cast<float2*>(target) = make_float2(sums[0], sums[1]);
  } else {
#pragma unroll
    for (int i = 0; i < kCount; i += 4) {
      *reinterpret_cast<float4*>(target + i) =
          make_float4(sums[i], sums[i + 1], sums[i + 2], sums[i + 3]);
    }
  }
}

/// Row r of a chunk of 8 kTiles key groups, kTilesPerBlock tiles to a KV block. `blocks`: the row's
/// sums from the chunk's first block on; `chunk`: its entry of Sums::chunks.
template <int kTiles, int kTilesPerBlock>
__device__ __forceinline__ void sum_row(float const (&s)[4 * kTiles], int r, float scale_log2,
                                        float* blocks, float2* chunk, int lane) {
  constexpr int kBlocks = kTiles / kTilesPerBlock;
  constexpr int kOwn = kBlocks / 4;  // blocks whose sums this lane stores
  float maximum = -INFINITY;
#pragma unroll
  for (int n = 0; n < kTiles; ++n) {
    maximum = fmaxf(maximum, fmaxf(s[4 * n + 2 * r], s[4 * n + 2 * r + 1]));
  }
  maximum = quad_max(maximum) * scale_log2;
  float const shift = maximum == -INFINITY ? 0.0f : maximum;

  float sums[kBlocks];
  float total = 0;
#pragma unroll
  for (int b = 0; b < kBlocks; ++b) {
    sums[b] = 0;
#pragma unroll
    for (int i = 2 * b * kTilesPerBlock; i < 2 * (b + 1) * kTilesPerBlock; ++i) {
      sums[b] += ptx::exp2_approx(fmaf(s[i / 2 * 4 + 2 * r + i % 2], scale_log2, -shift));
    }
    total += sums[b];
  }
  total = quad_sum(total);

  float own[kOwn];
#pragma unroll
  for (int i = 0; i < kOwn; ++i) own[i] = quad_sums<kOwn>(sums + i, lane);
  store_sums(blocks + lane % 4 * kOwn, own);
  if (lane % 4 == 0) *chunk = make_float2(maximum, total);
}

/// The chunk from key group `first` on, of the rows of this thread: `row` and row + 8 of half
/// `half`.
template <int kStride, int kTiles>
__device__ __forceinline__ void sum_chunk(float (&s)[4 * kTiles], PanelPair<kStride> const& pair,
                                          Sums const& sums, int half, int row, int first,
                                          float scale_log2, int lane) {
  constexpr int kTilesPerBlock = plan::kBlockTokens / kStride / 8;
  int const last_column[2] = {pair.last_key_group(half, row) - first,
                              pair.last_key_group(half, row + 8) - first};
  if (min(last_column[0], last_column[1]) < 8 * kTiles - 1) {
    mask_scores(s, last_column, lane);
  }
  int const block = first * kStride / plan::kBlockTokens;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    int const place = half * kPanelGroups + row + 8 * r;
    sum_row<kTiles, kTilesPerBlock>(
        s, r, scale_log2, sums.blocks + static_cast<std::int64_t>(place) * sums.stride + block,
        sums.chunks + first / (8 * kTiles) * kTileRows + place, lane);
  }
}

}  // namespace fluxscope::kernels::xattn

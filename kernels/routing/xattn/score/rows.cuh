#pragma once
// The end of a tile: the sums of a panel's query groups become block scores. By the 128 threads of
// half a CTA.

#include "kernels/device/ptx.cuh"
#include "kernels/routing/xattn/score/panels.cuh"

namespace fluxscope::kernels::xattn {

/// Shared memory of one half.
template <int kChunkBlocks>
struct RowSpace {
  static constexpr int kWarpChunks = kBlockAlignment / kChunkBlocks;  ///< of a warp's 32 blocks

  float2 rows[kPanelGroups];  // maximum over all chunks, 1 / (sum of exponentials below it)
  float factors[4][kWarpChunks][kPanelGroups + 1];  // [warp]; odd: no bank twice
};

/// Merges the chunks of query group `row` of half `half`.
__device__ __forceinline__ float2 merge_chunks(Sums const& sums, int chunk_count, int half,
                                               int row) {
  float2 const* const chunks = sums.chunks + half * kPanelGroups + row;
  float maximum = -INFINITY;
  float sum = 0;
#pragma unroll 4
  for (int i = 0; i < chunk_count; ++i) {
    float2 const chunk = __ldcg(chunks + i * kTileRows);
    if (chunk.x == -INFINITY) continue;
    if (chunk.x > maximum) {
      sum = fmaf(sum, ptx::exp2_approx(maximum - chunk.x), chunk.y);
      maximum = chunk.x;
    } else {
      sum = fmaf(chunk.y, ptx::exp2_approx(chunk.x - maximum), sum);  // a NaN stays one
    }
  }
  return make_float2(maximum == -INFINITY ? 0.0f : maximum, sum == 0.0f ? 0.0f : 1.0f / sum);
}

/// factors[i][row] of the chunks from `first_chunk` on. By a whole warp.
template <int kChunkBlocks>
__device__ __forceinline__ void weigh_chunks(RowSpace<kChunkBlocks>& space, Sums const& sums,
                                             int first_chunk, int chunk_count, int half, int warp,
                                             int lane) {
#pragma unroll
  for (int i = 0; i < RowSpace<kChunkBlocks>::kWarpChunks; ++i) {
    bool const written = first_chunk + i < chunk_count;
#pragma unroll
    for (int row = lane; row < kPanelGroups; row += 32) {
      float2 const whole = space.rows[row];
      float factor = 0;
      if (written) {
        float2 const chunk =
            __ldcg(sums.chunks + (first_chunk + i) * kTileRows + half * kPanelGroups + row);
        factor = ptx::exp2_approx(chunk.x - whole.x) * whole.y;
      }
      space.factors[warp][i][row] = factor;
    }
  }
  __syncwarp();
}

/// Block scores of half `half`. `thread` 0..127; `barrier()` meets the half's threads.
template <int kStride, int kChunkBlocks, class Barrier>
__device__ __forceinline__ void finish_panel(XattnScoreParams const& params,
                                             PanelPair<kStride> const& pair, Sums const& sums,
                                             RowSpace<kChunkBlocks>& space, int half, int thread,
                                             Barrier const& barrier) {
  constexpr int kRows = plan::kBlockTokens / kStride;  // query groups of a query block
  barrier();                                           // all sums are written
  int const blocks = (pair.key_groups * kStride + plan::kBlockTokens - 1) / plan::kBlockTokens;
  int const chunk_count = (blocks + kChunkBlocks - 1) / kChunkBlocks;
  if (thread < kPanelGroups) space.rows[thread] = merge_chunks(sums, chunk_count, half, thread);
  barrier();
  Panel const panel = pair.panel(half);
  if (panel.head < 0) return;
  int const q_len = pair.sequence.q_len;
  int const kv_len = pair.sequence.kv_len;
  int const q_blocks = plan::blocks_of(q_len);
  int const warp = thread / 32;
  int const lane = thread % 32;
  for (int first = warp * kBlockAlignment; first < blocks; first += 4 * kBlockAlignment) {
    weigh_chunks(space, sums, first / kChunkBlocks, chunk_count, half, warp, lane);
    int const block = first + lane;
    float const* const factors = space.factors[warp][lane / kChunkBlocks];
    float const* const column =
        sums.blocks + std::int64_t{half * kPanelGroups} * sums.stride + block;
    int q_block = panel.first_group / kRows;
    for (int row = 0; row < kPanelGroups && q_block < q_blocks; row += kRows, ++q_block) {
      float score = 0;
#pragma unroll
      for (int i = 0; i < kRows; ++i) {
        float const sum = block < blocks ? __ldcg(column + (row + i) * sums.stride) : 0.0f;
        score = fmaf(sum, factors[row + i], score);
      }
      if (block >= plan::visible_blocks(q_len, kv_len, q_block)) continue;
      std::int64_t const begin = params.row_begin[pair.first_row + panel.head * q_blocks + q_block];
      params.block_scores[begin + block] = score;
    }
    __syncwarp();
  }
}

}  // namespace fluxscope::kernels::xattn

#pragma once
// The kernel xattn_score: products by mma.sync out of a ring of two stages that cp.async fills.

#include "kernels/device/probe.cuh"
#include "kernels/device/thread_place.cuh"
#include "kernels/device/tile_walk.cuh"
#include "kernels/routing/xattn/score/rows.cuh"
#include "kernels/routing/xattn/score/sums.cuh"

namespace fluxscope::kernels::xattn {

/// A step is 64 columns of the depth stride x head_dim: 128 query groups and 128 key groups, 128
/// bytes each, whose 16-byte piece p lies at place p ^ (row % 8). Warps are 4 x 2: 32 query groups
/// and 64 key groups, which are a chunk.
template <int kHeadDim_, int kStride_>
struct MmaShape {
  static constexpr int kHeadDim = kHeadDim_;
  static constexpr int kStride = kStride_;
  static constexpr int kThreads = 256;
  static constexpr int kWarps = kThreads / 32;
  static constexpr int kKeyGroups = 128;  ///< of a pass over the depth
  static constexpr int kPanelSteps = kHeadDim / 64;
  static constexpr int kSteps = kStride * kPanelSteps;
  static constexpr int kChunkTiles = kSmallestChunk / 8;  ///< n8 tiles of a warp
  static constexpr int kChunkBlocks = kSmallestChunk * kStride / plan::kBlockTokens;
  static constexpr int kOperandBytes = 128 * 128;
  static constexpr int kStageBytes = 2 * kOperandBytes;
  static constexpr int kSmemBytes = 2 * kStageBytes;
  using Space = RowSpace<kChunkBlocks>;
  static_assert(2 * sizeof(Space) <= kSmemBytes, "the space lies in the stages");
};

/// Starts the copy of step `step` of the pass from key group `first_key` on. Rows that do not exist
/// become zeros.
template <class Shape>
__device__ __forceinline__ void copy_step(std::uint32_t stage, XattnScoreParams const& params,
                                          PanelPair<Shape::kStride> const& pair, int first_key,
                                          int step) {
  int const thread = static_cast<int>(ptx::opaque(threadIdx.x));
  int const row = thread / 8;
  int const in_key = step / Shape::kPanelSteps;      // token of the key group
  int const in_query = Shape::kStride - 1 - in_key;  // row of the query group
  int const column = step % Shape::kPanelSteps * 64 + thread % 8 * 8;
  std::uint32_t const place =
      stage + static_cast<std::uint32_t>(row * 128 + (thread % 8 ^ row % 8) * 16);
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    Panel const& panel = pair.panels[i / 2];
    int const token =
        (panel.first_group + (row + 32 * i) % kPanelGroups) * Shape::kStride + in_query;
    bool const exists = panel.head >= 0 && token < pair.sequence.q_len;
    std::int64_t const source =
        ((pair.sequence.q_row_begin + token) * params.q_heads + panel.head) * Shape::kHeadDim;
    ptx::cp_async_16(place + i * 32 * 128, params.q + (exists ? source + column : 0), exists);
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    int const token = (first_key + row + 32 * i) * Shape::kStride + in_key;
    bool const exists = token < pair.sequence.kv_len;
    std::int64_t const source = pair.key_begin + token * params.kv.token_stride;
    ptx::cp_async_16(place + Shape::kOperandBytes + i * 32 * 128,
                     params.kv.k + (exists ? source + column : 0), exists);
  }
  ptx::cp_async_commit();
}

/// s += q k^T of one step, the warp's 32 x 64 part.
template <class Shape>
__device__ __forceinline__ void multiply_step(float (&s)[2][4 * Shape::kChunkTiles],
                                              std::uint32_t stage) {
  ThreadPlace const place;
  // Piece p of a row that begins at `row` lies at row ^ 16 p: rows are 128 bytes, and the
  // beginning of one holds its own swizzle.
  int const query_row = place.warp / 2 * 32 + place.lane % 16;
  int const key_row = place.warp % 2 * 64 + place.lane / 16 * 8 + place.lane % 8;
  auto const address = [stage](int row, int piece) {
    return stage + static_cast<std::uint32_t>(row * 128 + (piece ^ row % 8) * 16);
  };
  std::uint32_t const query = address(query_row, place.lane / 16);
  std::uint32_t const key = address(key_row, place.lane / 8 % 2) + Shape::kOperandBytes;
#pragma unroll
  for (int k = 0; k < 4; ++k) {
    std::uint32_t a[2][4];
    ptx::ldmatrix_x4(a[0], query ^ static_cast<std::uint32_t>(32 * k));
    ptx::ldmatrix_x4(a[1], (query ^ static_cast<std::uint32_t>(32 * k)) + 16 * 128);
#pragma unroll
    for (int n = 0; n < Shape::kChunkTiles / 2; ++n) {
      std::uint32_t b[4];
      ptx::ldmatrix_x4(
          b, (key ^ static_cast<std::uint32_t>(32 * k)) + static_cast<std::uint32_t>(n * 16 * 128));
#pragma unroll
      for (int m = 0; m < 2; ++m) {
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          float(&d)[4] = *reinterpret_cast<float(*)[4]>(&s[m][8 * n + 4 * half]);
          ptx::mma_m16n8k16(d, a[m], b[2 * half], b[2 * half + 1]);
        }
      }
    }
  }
}

/// All sums of one tile.
template <class Shape>
__device__ __forceinline__ void sum_tile(XattnScoreParams const& params,
                                         PanelPair<Shape::kStride> const& pair,
                                         std::uint32_t smem) {
  int const passes = (pair.key_groups + Shape::kKeyGroups - 1) / Shape::kKeyGroups;
  std::uint32_t stage = 0;
  copy_step<Shape>(smem, params, pair, 0, 0);
#pragma unroll 1
  for (int pass = 0; pass < passes; ++pass) {
    float s[2][4 * Shape::kChunkTiles] = {};
#pragma unroll 1
    for (int step = 0; step < Shape::kSteps; ++step) {
      ptx::cp_async_wait<0>();
      __syncthreads();  // the step is there, and no warp still reads the other stage
      bool const wraps = step + 1 == Shape::kSteps;
      if (!wraps || pass + 1 < passes) {
        copy_step<Shape>(smem + (stage ^ Shape::kStageBytes), params, pair,
                         (pass + (wraps ? 1 : 0)) * Shape::kKeyGroups, wraps ? 0 : step + 1);
      }
      multiply_step<Shape>(s, smem + stage);
      stage ^= Shape::kStageBytes;
    }
    ThreadPlace const place;
    Sums const sums(params);
#pragma unroll
    for (int m = 0; m < 2; ++m) {
      int const row = place.warp / 2 * 32 + m * 16 + place.lane / 4;
      sum_chunk<Shape::kStride, Shape::kChunkTiles>(
          s[m], pair, sums, row / kPanelGroups, row % kPanelGroups,
          pass * Shape::kKeyGroups + place.warp % 2 * kSmallestChunk,
          params.softmax_scale * kLog2e / Shape::kStride, place.lane);
    }
  }
}

template <class Shape, ProbeLevel kLevel>
__global__ void __launch_bounds__(Shape::kThreads, 2)
    xattn_score_kernel(XattnScoreParams const __grid_constant__ params) {
  extern __shared__ __align__(1024) char smem[];
  __shared__ __align__(16) char pair_memory[sizeof(PanelPair<Shape::kStride>)];
  __shared__ std::int32_t tile;  // in the WorkList; -1: no more tiles
  __shared__ std::int32_t next_tile;
  auto& pair = *reinterpret_cast<PanelPair<Shape::kStride>*>(pair_memory);
  FLUXSCOPE_PROBE(Probe<kLevel> probe(params.probe, threadIdx.x / 32, Shape::kWarps);)
  if (threadIdx.x == 0) {
    TileWalk const walk(params.work);
    next_tile = walk.valid() ? walk.index() : -1;
  }
  for (;;) {
    FLUXSCOPE_PROBE(probe.tile_begin();)
    if (threadIdx.x == 0) {
      tile = next_tile;
      if (tile >= 0) {
        pair = PanelPair<Shape::kStride>(params, params.work.tiles[tile]);
        next_tile = tile_after(params.work, tile);
      }
    }
    __syncthreads();
    if (tile < 0) break;
    sum_tile<Shape>(params, pair, ptx::shared_address(smem));
    __syncthreads();  // the stages become row space
    int const half = static_cast<int>(threadIdx.x) / 128;
    finish_panel(params, pair, Sums(params), reinterpret_cast<typename Shape::Space*>(smem)[half],
                 half, static_cast<int>(threadIdx.x) % 128, [] { __syncthreads(); });
    FLUXSCOPE_PROBE(probe.tile_end(static_cast<std::uint32_t>(tile));)
    __syncthreads();  // pair, tile, sums and stages are free
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

}  // namespace fluxscope::kernels::xattn

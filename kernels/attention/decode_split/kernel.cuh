#pragma once
// The kernel decode_split.
//
// A warp owns whole chunks of 16 KV tokens: it copies them into its own ring in shared memory,
// multiplies them and keeps its own softmax state, so the main loop has no CTA barrier. K and V of
// a chunk are separate copy groups: a ring slot is refilled as soon as its matrix has been read.
// The warps' states are merged once per tile.

#include "kernels/attention/decode_split/source.cuh"
#include "kernels/attention/decode_split/warp.cuh"
#include "kernels/device/probe.cuh"

namespace fluxscope::kernels::decode {

/// max and sum of every warp's rows, and the queue entry that the CTA takes next.
template <int kWarps>
struct DecodeMergeScalars {
  float max[kWarps][kDecodeSlotRows];
  float sum[kWarps][kDecodeSlotRows];
  std::int32_t next_tile;
};

/// Starts the copies of the first kStages chunks, K and V as a group each. Empty groups keep the
/// count of the waits in run_chunks.
template <int kHeadDim, int kStages, int kWarps>
__device__ __forceinline__ void fill_ring(KvParams const& kv,
                                          ChunkSource<kHeadDim, kWarps> const& source,
                                          std::uint32_t ring, int lane) {
  using Shape = DecodeShape<kHeadDim, kStages, kWarps>;
  int const chunks = source.chunks();
  int const stride = source.row_stride();
  typename ChunkSource<kHeadDim, kWarps>::Chunk first[kStages];
#pragma unroll
  for (int stage = 0; stage < kStages; ++stage) {
    if (stage < chunks) first[stage] = source[stage];  // look-ups side by side, before any copy
  }
#pragma unroll
  for (int stage = 0; stage < kStages; ++stage) {
    std::uint32_t const slot = ring + static_cast<std::uint32_t>(stage * Shape::kMatrixBytes);
    if (stage < chunks) {
      copy_chunk<kHeadDim>(slot, kv.k + first[stage].offset, stride, first[stage].copied, lane);
    }
    ptx::cp_async_commit();
    if (stage < chunks) {
      copy_chunk<kHeadDim>(slot + Shape::kValues, kv.v + first[stage].offset, stride,
                           first[stage].copied, lane);
    }
    ptx::cp_async_commit();
  }
}

/// Runs the chunks of one tile that belong to this warp. fill_ring has been called; copies stay
/// kStages chunks ahead. `queries`: shared address of the group's rows.
template <int kHeadDim, int kStages, int kWarps>
__device__ __forceinline__ void run_chunks(WarpState<kHeadDim>& state, KvParams const& kv,
                                           ChunkSource<kHeadDim, kWarps> const& source,
                                           float scale_log2, std::uint32_t queries,
                                           std::uint32_t ring, int lane) {
  using Shape = DecodeShape<kHeadDim, kStages, kWarps>;
  int const chunks = source.chunks();
  int const stride = source.row_stride();
  std::uint32_t slot = ring;
  for (int index = 0; index < chunks; ++index) {
    bool const refill = index + kStages < chunks;
    auto const ahead =
        refill ? source[index + kStages] : typename ChunkSource<kHeadDim, kWarps>::Chunk{};
    int const kept = source.kept(index);

    ptx::cp_async_wait<2 * kStages - 1>();
    __syncwarp();
    float s[2][4] = {};
    multiply_keys<kHeadDim>(s, queries, slot, lane);
    __syncwarp();
    if (refill) copy_chunk<kHeadDim>(slot, kv.k + ahead.offset, stride, ahead.copied, lane);
    ptx::cp_async_commit();

    if (kept < kChunkTokens) mask_scores(s, kept, lane);
    std::uint32_t p[4];
    softmax_step<kHeadDim>(p, s, state, scale_log2);

    ptx::cp_async_wait<2 * kStages - 1>();
    __syncwarp();
    multiply_values<kHeadDim>(state.o, p, slot + Shape::kValues, lane);
    __syncwarp();
    if (refill) {
      copy_chunk<kHeadDim>(slot + Shape::kValues, kv.v + ahead.offset, stride, ahead.copied, lane);
    }
    ptx::cp_async_commit();

    slot += Shape::kMatrixBytes;
    if (slot == ring + Shape::kValues) slot = ring;
  }
}

/// Writes this warp's state for the merge: o to its own ring, max and sum to `scalars`.
template <int kHeadDim, int kStages, int kWarps>
__device__ __forceinline__ void publish_state(WarpState<kHeadDim> const& state, float* ring,
                                              DecodeMergeScalars<kWarps>& scalars, int group,
                                              int warp, int lane) {
  constexpr int kStride = DecodeShape<kHeadDim, kStages, kWarps>::kMergeStride;
  __syncwarp();
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    float const sum = quad_sum(state.sum[half]);
    int const row = lane / 4 + 8 * half;
    if (row >= group) continue;
#pragma unroll
    for (int n = 0; n < kHeadDim / 8; ++n) {
      *reinterpret_cast<float2*>(ring + row * kStride + n * 8 + (lane % 4) * 2) =
          make_float2(state.o[n][2 * half], state.o[n][2 * half + 1]);
    }
    if (lane % 4 == 0) {
      scalars.max[warp][row] = state.max[half];
      scalars.sum[warp][row] = sum;
    }
  }
}

/// Merges the warps' states and writes the tile's output rows: final ones where num_splits is 1,
/// partial ones otherwise.
template <int kHeadDim, int kStages, int kWarps>
__device__ __forceinline__ void write_tile(AttentionParams const& params, plan::Tile const& tile,
                                           SequenceParams const& sequence, float const* rings,
                                           DecodeMergeScalars<kWarps> const& scalars, int group) {
  using Shape = DecodeShape<kHeadDim, kStages, kWarps>;
  constexpr int kPieces = kHeadDim / 4;  // of four columns
  float const scale_log2 = params.softmax_scale * kLog2e;
  for (int item = static_cast<int>(threadIdx.x); item < group * kPieces; item += kWarps * 32) {
    int const row = item / kPieces;
    int const column = item % kPieces * 4;
    float max = -INFINITY;
#pragma unroll
    for (int warp = 0; warp < kWarps; ++warp) max = fmaxf(max, scalars.max[warp][row]);
    float const shift = max == -INFINITY ? 0.0f : max * scale_log2;
    float sum = 0;
    float4 o = make_float4(0, 0, 0, 0);
#pragma unroll
    for (int warp = 0; warp < kWarps; ++warp) {
      float const weight = ptx::exp2_approx(scalars.max[warp][row] * scale_log2 - shift);
      float4 const part = *reinterpret_cast<float4 const*>(rings + warp * (Shape::kRingBytes / 4) +
                                                           row * Shape::kMergeStride + column);
      sum = fmaf(weight, scalars.sum[warp][row], sum);
      o.x = fmaf(weight, part.x, o.x);
      o.y = fmaf(weight, part.y, o.y);
      o.z = fmaf(weight, part.z, o.z);
      o.w = fmaf(weight, part.w, o.w);
    }
    float const inverse = sum == 0.0f ? 0.0f : 1.0f / sum;  // no column at all: o = 0
    float const lse = sum == 0.0f ? -INFINITY : fmaf(shift, kLn2, logf(sum));
    if (tile.num_splits == 1) {
      std::int64_t const out =
          sequence.q_row_begin * params.q_heads + std::int64_t{tile.head} * group + row;
      *reinterpret_cast<uint2*>(params.o + out * kHeadDim + column) =
          make_uint2(ptx::pack_bf16(o.x * inverse, o.y * inverse),
                     ptx::pack_bf16(o.z * inverse, o.w * inverse));
      if (column == 0) params.lse[out] = lse;
    } else {
      std::int64_t const out = std::int64_t{tile.partial_slot} * kDecodeSlotRows + row;
      *reinterpret_cast<float4*>(params.o_partial + out * kHeadDim + column) =
          make_float4(o.x * inverse, o.y * inverse, o.z * inverse, o.w * inverse);
      if (column == 0) params.lse_partial[out] = lse;
    }
  }
}

template <int kHeadDim, int kStages, int kWarps, int kCtasPerSm, ProbeLevel kProbe>
__global__ void __launch_bounds__(kWarps * 32, kCtasPerSm)
    decode_split_kernel(AttentionParams const params) {
  using Shape = DecodeShape<kHeadDim, kStages, kWarps>;
  extern __shared__ __align__(1024) unsigned char smem[];
  __shared__ DecodeMergeScalars<kWarps> scalars;
  int const warp = static_cast<int>(threadIdx.x) / 32;
  int const lane = static_cast<int>(threadIdx.x) % 32;
  FLUXSCOPE_PROBE(Probe<kProbe> probe(params.probe, static_cast<std::uint32_t>(warp), kWarps);)

  ptx::let_next_grid_start();
  int const group = params.q_heads / params.kv_heads;
  unsigned char* const ring = smem + warp * Shape::kRingBytes;
  unsigned char* const queries = smem + kWarps * Shape::kRingBytes;
  for (TileWalk walk(params.work); walk.valid();) {
    plan::Tile const tile = params.work.tiles[walk.index()];
    SequenceParams const sequence = params.sequences[tile.seq];
    FLUXSCOPE_PROBE(probe.tile_begin();)
    ChunkSource<kHeadDim, kWarps> const source(params, tile, sequence, warp);
    // What was there before the grid ahead of this one (DecodeSplitTuning::early) is read while
    // that still runs. From the second tile on nothing is left to wait for. (With the first tile's
    // reads before the loop, ptxas orders the main loop so that a CTA alone on the GPU takes 7 %
    // longer.)
    if (source.reach_last_block(kStages)) ptx::wait_for_previous_grid();
    fill_ring<kHeadDim, kStages, kWarps>(params.kv, source, ptx::shared_address(ring), lane);
    ptx::wait_for_previous_grid();
    __nv_bfloat16 const* const query_rows =
        params.q +
        (sequence.q_row_begin * params.q_heads + std::int64_t{tile.head} * group) * kHeadDim;
    load_queries<kHeadDim, kWarps * 32>(queries, query_rows, group);
    __syncthreads();
    WarpState<kHeadDim> state;
    run_chunks<kHeadDim, kStages, kWarps>(state, params.kv, source, params.softmax_scale * kLog2e,
                                          ptx::shared_address(queries), ptx::shared_address(ring),
                                          lane);
    publish_state<kHeadDim, kStages, kWarps>(state, reinterpret_cast<float*>(ring), scalars, group,
                                             warp, lane);
    if (threadIdx.x == 0) walk.request_next(&scalars.next_tile);
    __syncthreads();
    write_tile<kHeadDim, kStages, kWarps>(params, tile, sequence, reinterpret_cast<float*>(smem),
                                          scalars, group);
    FLUXSCOPE_PROBE(probe.tile_end(static_cast<std::uint32_t>(walk.index()));)
    walk.advance(scalars.next_tile);
    __syncthreads();  // the rings and `scalars` are free again
  }
  ptx::wait_for_previous_grid();  // without a tile too: this grid does not end before that one
  FLUXSCOPE_PROBE(probe.finish();)
}

}  // namespace fluxscope::kernels::decode

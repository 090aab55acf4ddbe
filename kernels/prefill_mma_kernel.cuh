#pragma once
// The kernel prefill_mma. One barrier per KV sub-tile: after it the CTA starts the copies of the
// next sub-tile, multiplies Q by the next K while it exponentiates the present scores, and then
// multiplies those by the present V.

#include "kernels/prefill_mma_copy.cuh"
#include "kernels/prefill_mma_softmax.cuh"
#include "kernels/prefill_mma_store.cuh"
#include "kernels/probe.cuh"

namespace fluxscope::kernels::mma {

/// What the main loop works on beside a warp's state.
template <class Shape>
struct PrefillSource {
  AttentionParams const& params;
  PrefillTile const& current;
  std::uint32_t smem;

  [[nodiscard]] __device__ __forceinline__ std::uint32_t sub_tile(int index) const {
    return mma::sub_tile<Shape>(current.tile, params.work.block_list, index);
  }
  [[nodiscard]] __device__ __forceinline__ float scale_log2() const {
    return params.softmax_scale * kLog2e;
  }
  __device__ __forceinline__ static std::uint32_t slot(int index) {
    return static_cast<std::uint32_t>(index % Shape::kStages * Shape::kSlotBytes);
  }
  __device__ __forceinline__ void copy_keys(int index, std::uint32_t sub_tile) const {
    copy_sub_tile<Shape>(smem + Shape::kKeysAt + slot(index), params.kv.k, params.kv, current,
                         first_token(sub_tile));
  }
  __device__ __forceinline__ void copy_values(int index, std::uint32_t sub_tile) const {
    copy_sub_tile<Shape>(smem + Shape::kValuesAt + slot(index), params.kv.v, params.kv, current,
                         first_token(sub_tile));
  }

  __device__ __forceinline__ void mask(Scores<Shape>& s, std::uint32_t sub_tile) const {
    int const token = first_token(sub_tile);
    ThreadPlace const place;
    if (token == static_cast<int>(sub_tile)) {
      int const last_column = current.first_position + place.warp * Shape::kWarpRows - token;
      if (last_column < Shape::kSubTokens - 1) mask_scores<Shape>(s, last_column, 1, place.lane);
    } else {
      mask_scores<Shape>(s, -1, 0, place.lane);
    }
  }
};

/// Attention of one tile; `state` is complete up to normalise().
template <class Shape>
__device__ __forceinline__ void attend(PrefillSource<Shape> const& source,
                                       WarpState<Shape>& state) {
  int index = source.current.sub_tiles - 1;
  std::uint32_t present = source.sub_tile(index);
  std::uint32_t next = index >= 1 ? source.sub_tile(index - 1) : present;

  source.copy_keys(index, present);
  ptx::cp_async_commit();
  if (index >= 1) source.copy_keys(index - 1, next);
  source.copy_values(index, present);
  ptx::cp_async_commit();
  ptx::cp_async_wait<1>();
  __syncthreads();

  QueryFragments<Shape> q;
  Scores<Shape> s;
  Scores<Shape> s_next;
  load_queries<Shape>(q, LaneAddresses<Shape>(source.smem).query);
  multiply_keys<Shape, false>(s, q, source.smem, source.slot(index), s_next, state,
                              source.scale_log2());
#pragma unroll 1
  for (; index > 0; --index) {
    ptx::cp_async_wait<0>();
    __syncthreads();
    std::uint32_t const after_next = index >= 2 ? source.sub_tile(index - 2) : next;
    if (index >= 2) source.copy_keys(index - 2, after_next);
    source.copy_values(index - 1, next);
    ptx::cp_async_commit();
    source.mask(s, present);
    raise_maximum<Shape>(state, s, source.scale_log2());
    multiply_keys<Shape, true>(s_next, q, source.smem, source.slot(index - 1), s, state,
                               source.scale_log2());
    multiply_values<Shape>(state, s, source.smem, source.slot(index));
#pragma unroll
    for (int m = 0; m < Shape::kRowTiles; ++m) {
#pragma unroll
      for (int n = 0; n < Shape::kScoreTiles; ++n) {
#pragma unroll
        for (int i = 0; i < 4; ++i) s[m][n][i] = s_next[m][n][i];
      }
    }
    present = next;
    next = after_next;
  }
  ptx::cp_async_wait<0>();
  __syncthreads();
  source.mask(s, present);
  raise_maximum<Shape>(state, s, source.scale_log2());
#pragma unroll
  for (int part = 0; part < Shape::kDepthSteps; ++part) {
    exponentiate_part<Shape>(s, state, source.scale_log2(), part);
  }
  multiply_values<Shape>(state, s, source.smem, source.slot(0));
}

/// The same, one product after the other: other warps fill the gaps.
template <class Shape>
__device__ __forceinline__ void attend_in_turn(PrefillSource<Shape> const& source,
                                               WarpState<Shape>& state) {
  int index = source.current.sub_tiles - 1;
  std::uint32_t present = source.sub_tile(index);
  source.copy_keys(index, present);
  ptx::cp_async_commit();
  ptx::cp_async_wait<0>();
  __syncthreads();
  QueryFragments<Shape> q;
  load_queries<Shape>(q, LaneAddresses<Shape>(source.smem).query);
#pragma unroll 1
  for (; index >= 0; --index) {
    source.copy_values(index, present);
    ptx::cp_async_commit();
    Scores<Shape> s;
    multiply_keys<Shape, false>(s, q, source.smem, 0, s, state, source.scale_log2());
    ptx::cp_async_wait<0>();
    __syncthreads();
    std::uint32_t const next = index >= 1 ? source.sub_tile(index - 1) : present;
    if (index >= 1) source.copy_keys(index - 1, next);
    ptx::cp_async_commit();
    source.mask(s, present);
    raise_maximum<Shape>(state, s, source.scale_log2());
#pragma unroll
    for (int part = 0; part < Shape::kDepthSteps; ++part) {
      exponentiate_part<Shape>(s, state, source.scale_log2(), part);
    }
    multiply_values<Shape>(state, s, source.smem, 0);
    ptx::cp_async_wait<0>();
    __syncthreads();
    present = next;
  }
}

template <class Shape, ProbeLevel kLevel>
__global__ void __launch_bounds__(Shape::kThreads, Shape::kCtasPerSm)
    prefill_mma_kernel(AttentionParams const __grid_constant__ params) {
  extern __shared__ __align__(256) char smem[];
  __shared__ PrefillTile current;
  int const warp = static_cast<int>(threadIdx.x) / 32;
  FLUXSCOPE_PROBE(
      Probe<kLevel> probe(params.probe, static_cast<std::uint32_t>(warp), Shape::kWarps);)
  std::uint32_t const shared = ptx::shared_address(smem);
  PrefillSource<Shape> const source{params, current, shared};

  for (TileWalk walk(params.work); walk.valid();) {
    FLUXSCOPE_PROBE(probe.tile_begin();)
    if (threadIdx.x == 0) load_tile<Shape>(current, params, walk.index());
    __syncthreads();
    auto const row_stride = static_cast<std::uint32_t>(params.q_heads * Shape::kHeadDim);
    copy_rows<Shape, Shape::kRows>(shared, params.q + block_element<Shape>(params, current),
                                   row_stride, current.row_count);
    WarpState<Shape> state;
    clear<Shape>(state);
    if (current.sub_tiles > 0) {
      if constexpr (Shape::kOverlap) {
        attend<Shape>(source, state);
      } else {
        attend_in_turn<Shape>(source, state);
      }
    } else {
      ptx::cp_async_commit();
      ptx::cp_async_wait<0>();
      __syncthreads();
    }
    if (threadIdx.x == 0) walk.request_next(&current.next_tile);
    store_tile<Shape>(state, smem, params, current);
    FLUXSCOPE_PROBE(probe.tile_end(static_cast<std::uint32_t>(walk.index()));)
    __syncthreads();
    walk.advance(current.next_tile);
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

}  // namespace fluxscope::kernels::mma

#pragma once
// The kernel prefill_mma. V of a sub-tile is copied while Q K^T is computed, the next K while the
// scores are exponentiated and multiplied by V. The CTAs of an SM fill each other's gaps:
// overlapping both products inside a warp was slower (docs/measurements/prefill_mma.md).

#include "kernels/attention/prefill_mma/copy.cuh"
#include "kernels/attention/prefill_mma/softmax.cuh"
#include "kernels/attention/prefill_mma/store.cuh"
#include "kernels/device/probe.cuh"

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
  __device__ __forceinline__ void copy_keys(std::uint32_t sub_tile) const {
    copy_sub_tile<Shape>(smem + Shape::kKeysAt, params.kv.k, params.kv, current,
                         first_token(sub_tile));
  }
  __device__ __forceinline__ void copy_values(std::uint32_t sub_tile) const {
    copy_sub_tile<Shape>(smem + Shape::kValuesAt, params.kv.v, params.kv, current,
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
  source.copy_keys(present);
  ptx::cp_async_commit();
  ptx::cp_async_wait<0>();
  __syncthreads();
#pragma unroll 1
  for (; index >= 0; --index) {
    source.copy_values(present);
    ptx::cp_async_commit();
    Scores<Shape> s;
    multiply_keys<Shape>(s, source.smem);
    ptx::cp_async_wait<0>();
    __syncthreads();
    std::uint32_t const next = index >= 1 ? source.sub_tile(index - 1) : present;
    if (index >= 1) source.copy_keys(next);
    ptx::cp_async_commit();
    source.mask(s, present);
    raise_maximum<Shape>(state, s, source.scale_log2());
#pragma unroll
    for (int part = 0; part < Shape::kDepthSteps; ++part) {
      exponentiate_part<Shape>(s, state, source.scale_log2(), part);
    }
    multiply_values<Shape>(state, s, source.smem);
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
      attend<Shape>(source, state);
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

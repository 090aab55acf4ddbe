#pragma once
// The kernel xattn_score_wgmma: two consumer warpgroups and a producer warp. Code of sm_90a only.

#include "kernels/device/probe.cuh"
#include "kernels/device/ptx_wgmma.cuh"
#include "kernels/routing/xattn/score/sums.cuh"
#include "kernels/routing/xattn/score_wgmma/producer.cuh"

namespace fluxscope::kernels::xattn {

#ifdef __CUDA_ARCH_FEAT_SM90_ALL

/// Named barrier kHalfBarrier + w is warpgroup w's own.
inline constexpr std::uint32_t kHalfBarrier = 1;

template <class Shape>
class ScoreConsumer {
 public:
  __device__ __forceinline__ ScoreConsumer(XattnScoreParams const& params,
                                           ScoreSmem<Shape> const& smem, int warp)
      : params_(params),
        smem_(smem),
        warp_(warp),
        lane_(static_cast<int>(threadIdx.x) % 32),
        half_(static_cast<std::uint32_t>(warp) / 4) {}

  /// All tiles that the producer names.
  template <ProbeLevel kLevel>
  __device__ __forceinline__ void run(FLUXSCOPE_PROBE(Probe<kLevel>& probe)) {
    Sums const sums(params_);
    for (Ring<Shape::kTileStages> tiles;; tiles.advance()) {
      FLUXSCOPE_PROBE(probe.tile_begin();)
      ptx::mbarrier_wait(smem_.tile_full(tiles.stage), tiles.parity);
      std::int32_t const index = smem_.tile(tiles.stage);
      release(smem_.tile_empty(tiles.stage));
      if (index < 0) break;
      PanelPair<Shape::kStride> const pair(params_, params_.work.tiles[index]);
      sum_tile(pair, sums);
      auto const barrier = [this] { ptx::named_barrier_sync(kHalfBarrier + half_, 128); };
      finish_panel(params_, pair, sums, smem_.space(half_), static_cast<int>(half_),
                   static_cast<int>(threadIdx.x) % 128, barrier);
      barrier();  // sums and space are free
      FLUXSCOPE_PROBE(probe.tile_end(static_cast<std::uint32_t>(index));)
    }
  }

 private:
  __device__ __forceinline__ void release(std::uint32_t barrier) const {
    ptx::warp_arrive(barrier, lane_);
  }

  /// low, high = scores of the panel and the next 256 key groups, or low alone those of 128.
  template <bool kWide>
  __device__ __forceinline__ void multiply(float (&low)[64], float (&high)[64]) {
    std::uint32_t previous = 0;
#pragma unroll 1
    for (int step = 0; step < Shape::kSteps; ++step) {
      ptx::mbarrier_wait(smem_.full(ring_.stage), ring_.parity);
      std::uint32_t const stage = smem_.stage(ring_.stage);
      std::uint64_t const a = ptx::wgmma_operand(stage + half_ * Shape::kBoxBytes, 0);
      std::uint64_t const b = ptx::wgmma_operand(stage + Shape::kKeysAt, 0);
      ptx::wgmma_fence();
#pragma unroll
      for (int k = 0; k < 4; ++k) {
        bool const accumulate = k > 0 || step > 0;
        if constexpr (kWide) {
          ptx::wgmma_m64n256k16(low, high, a + k * 2, b + k * 2, accumulate);
        } else {
          ptx::wgmma_m64n128k16(low, a + k * 2, b + k * 2, accumulate);
        }
      }
      ptx::wgmma_commit();
      ptx::wgmma_wait<1>();
      if (step > 0) release(smem_.empty(previous));
      previous = ring_.stage;
      ring_.advance();
    }
    ptx::wgmma_wait<0>();
    release(smem_.empty(previous));
    ptx::hold(low);
    if constexpr (kWide) ptx::hold(high);
  }

  __device__ __forceinline__ void sum(float (&s)[64], PanelPair<Shape::kStride> const& pair,
                                      Sums const& sums, int first) const {
    sum_chunk<Shape::kStride, Shape::kChunkGroups / 8>(
        s, pair, sums, static_cast<int>(half_), warp_ % 4 * 16 + lane_ / 4, first,
        params_.softmax_scale * kLog2e / Shape::kStride, lane_);
  }

  /// All sums of one panel.
  __device__ __forceinline__ void sum_tile(PanelPair<Shape::kStride> const& pair,
                                           Sums const& sums) {
    float low[64];
    float high[64];
#pragma unroll 1
    for (int first = 0; first < pair.key_groups; first += Shape::kKeyGroups) {
      if (pair.key_groups - first > Shape::kChunkGroups) {
        multiply<true>(low, high);
        sum(low, pair, sums, first);
        sum(high, pair, sums, first + Shape::kChunkGroups);
      } else {
        multiply<false>(low, high);
        sum(low, pair, sums, first);
      }
    }
  }

  XattnScoreParams const& params_;
  ScoreSmem<Shape> const& smem_;
  int warp_;
  int lane_;
  std::uint32_t half_;
  Ring<Shape::kStages> ring_;
};

/// By one thread.
template <class Shape>
__device__ __forceinline__ void init_barriers(ScoreSmem<Shape> const& smem) {
  for (std::uint32_t i = 0; i < Shape::kTileStages; ++i) {
    ptx::mbarrier_init(smem.tile_full(i), ptx::kWarpArrivals);
    ptx::mbarrier_init(smem.tile_empty(i), Shape::kConsumerWarps * ptx::kWarpArrivals);
  }
  for (std::uint32_t i = 0; i < Shape::kStages; ++i) {
    ptx::mbarrier_init(smem.full(i), ptx::kWarpArrivals);
    ptx::mbarrier_init(smem.empty(i), Shape::kConsumerWarps * ptx::kWarpArrivals);
  }
  ptx::fence_mbarrier_init();
}

template <class Shape, ProbeLevel kLevel>
__device__ __forceinline__ void score_tiles(XattnScoreParams const& params, ScoreMaps const& maps,
                                            char* dynamic) {
  // The shuffle tells the compiler that the role is the same in the whole warp.
  int const warp = __shfl_sync(0xffffffffu, static_cast<int>(threadIdx.x) / 32, 0);
  FLUXSCOPE_PROBE(
      Probe<kLevel> probe(params.probe, static_cast<std::uint32_t>(warp), Shape::kWarps);)
  ScoreSmem<Shape> const smem(dynamic);
  if (threadIdx.x == 0) init_barriers(smem);
  __syncthreads();
  if (warp >= Shape::kConsumerWarps) {
    ptx::give_registers<Shape::kProducerRegisters>();
    if (warp == Shape::kConsumerWarps) ScoreProducer<Shape>(params, maps, smem).run();
  } else {
    ptx::take_registers<Shape::kConsumerRegisters>();
    ScoreConsumer<Shape>(params, smem, warp).template run<kLevel>(FLUXSCOPE_PROBE(probe));
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

#endif

template <class Shape, ProbeLevel kLevel>
__global__ void __launch_bounds__(Shape::kThreads, 1)
    xattn_score_wgmma_kernel(XattnScoreParams const __grid_constant__ params,
                             ScoreMaps const __grid_constant__ maps) {
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
  extern __shared__ __align__(1024) char dynamic[];
  score_tiles<Shape, kLevel>(params, maps, dynamic);
#else
  __trap();  // the launcher refuses other GPUs
#endif
}

}  // namespace fluxscope::kernels::xattn

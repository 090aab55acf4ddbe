#pragma once
// A consumer warpgroup of prefill_wgmma. The products Q K^T of the next block and P V of the
// present one are issued together; the exponentials of the next block run beside P V. The two
// warpgroups find their rhythm by themselves: named barriers that made them take turns
// (FlashAttention-3's ping-pong) cost 1 to 5 % (docs/measurements/prefill_wgmma.md).

#include "kernels/attention/prefill_wgmma/scores.cuh"
#include "kernels/attention/prefill_wgmma/softmax.cuh"
#include "kernels/attention/prefill_wgmma/store.cuh"
#include "kernels/device/probe.cuh"
#include "kernels/device/ptx_sm90.cuh"
#include "kernels/device/ptx_wgmma.cuh"

namespace fluxscope::kernels::wgmma {

/// Named barrier kStoreBarrier + w is warpgroup w's own.
inline constexpr std::uint32_t kStoreBarrier = 1;

template <class Shape>
class Consumer {
 public:
  __device__ __forceinline__ Consumer(AttentionParams const& params, Smem<Shape> const& smem,
                                      int warp)
      : params_(params),
        smem_(smem),
        warp_(warp),
        lane_(static_cast<int>(threadIdx.x) % 32),
        warpgroup_(static_cast<std::uint32_t>(warp) / 4),
        scale_log2_(params.softmax_scale * kLog2e) {}

  /// All tiles that the producer names.
  template <ProbeLevel kLevel>
  __device__ __forceinline__ void run(FLUXSCOPE_PROBE(Probe<kLevel>& probe)) {
    for (Ring<Shape::kTileStages> tiles;; tiles.advance()) {
      FLUXSCOPE_PROBE(probe.tile_begin();)
      ptx::mbarrier_wait(smem_.tile_full(tiles.stage), tiles.parity);
      // A reference: what finish() needs takes no register until then.
      TileHeader const& tile = smem_.header(tiles.stage);
      if (tile.index < 0) break;
      float o[Shape::kOutputs];
#pragma unroll
      for (int i = 0; i < Shape::kOutputs; ++i) o[i] = 0.0f;
      RowState rows;
      if (tile.block_count > 0) {
        attend(tile.block_count, tile.first_position, smem_.queries(tiles.stage), o, rows);
      }
      FLUXSCOPE_PROBE(auto const index = static_cast<std::uint32_t>(tile.index);)
      finish(tiles.stage, o, rows);
      FLUXSCOPE_PROBE(probe.tile_end(index);)
    }
  }

 private:
  __device__ __forceinline__ void release(std::uint32_t barrier) const {
    ptx::warp_arrive(barrier, lane_);
  }

  /// s = q k^T of the warpgroup's 64 rows and the block in K's present stage; one group.
  __device__ __forceinline__ void multiply_keys(float (&s)[Shape::kScores],
                                                std::uint32_t queries) const {
    std::uint64_t const a =
        ptx::wgmma_operand(queries + warpgroup_ * Shape::kWarpgroupRows * 128, Shape::kPanelBytes);
    std::uint64_t const b = ptx::wgmma_operand(smem_.keys(keys_.stage), Shape::kPanelBytes);
    ptx::wgmma_fence();
    ptx::wgmma_m64n128k16<false>(s, a, b);
#pragma unroll
    for (int k = 1; k < Shape::kDepthSteps; ++k) {
      std::uint64_t const offset =
          static_cast<std::uint64_t>(k / 4 * Shape::kPanelBytes + k % 4 * 32) / 16;
      ptx::wgmma_m64n128k16<true>(s, a + offset, b + offset);
    }
    ptx::wgmma_commit();
  }

  /// o += p v with the block in V's present stage; one group.
  __device__ __forceinline__ void multiply_values(
      float (&o)[Shape::kOutputs], std::uint32_t const (&p)[Shape::kTokenSteps][4]) const {
    std::uint64_t const b = ptx::wgmma_operand(smem_.values(values_.stage), Shape::kPanelBytes);
    ptx::wgmma_fence();
#pragma unroll
    for (int k = 0; k < Shape::kTokenSteps; ++k) {
      ptx::wgmma_add(o, p[k], b + static_cast<std::uint64_t>(k * 16 * 128) / 16);
    }
    ptx::wgmma_commit();
  }

  __device__ __forceinline__ static void pack(std::uint32_t (&p)[Shape::kTokenSteps][4],
                                              float const (&s)[Shape::kScores]) {
#pragma unroll
    for (int k = 0; k < Shape::kTokenSteps; ++k) {
#pragma unroll
      for (int i = 0; i < 4; ++i) p[k][i] = ptx::pack_bf16(s[8 * k + 2 * i], s[8 * k + 2 * i + 1]);
    }
  }

  /// Masks what the rows of this thread do not see of a block.
  __device__ __forceinline__ void mask(float (&s)[Shape::kScores], int first_position,
                                       std::uint32_t block) const {
    int const token = static_cast<int>(block * plan::kBlockTokens);  // the bit shifts out
    int const warpgroup_position =
        first_position + static_cast<int>(warpgroup_) * Shape::kWarpgroupRows;
    bool const masked_out = (block & plan::kMaskedOutBit) != 0;
    if (!masked_out && token + plan::kBlockTokens - 1 <= warpgroup_position) return;
    int const row = warp_ * 16 + lane_ / 4;
    int const last = masked_out ? -1 : first_position + row - token;
    int const last_column[2] = {last, masked_out ? -1 : last + 8};
    mask_scores(s, last_column, lane_);
  }

  /// The scores `s` of K's present stage become weights. True: o is to be multiplied by `factor`.
  __device__ __forceinline__ bool weigh(float (&s)[Shape::kScores], int first_position,
                                        std::uint32_t queries, std::uint32_t block, RowState& rows,
                                        float (&factor)[2]) const {
    float sum[2];
    factor[0] = factor[1] = 1.0f;
    bool raise = !rows.settled;
    for (;;) {
      mask(s, first_position, block);
      if (raise) raise_maximum(rows, s, scale_log2_, factor);
      exponentiate(rows, s, scale_log2_, factor, sum);
      if (raise || within_limit(sum)) break;
      raise = true;
      multiply_keys_alone<Shape>(s, queries + static_cast<std::uint32_t>(warp_ * 16 * 128),
                                 smem_.keys(keys_.stage), lane_);
    }
    rows.sum[0] = sum[0];
    rows.sum[1] = sum[1];
    return raise;
  }

  /// Attention of one tile, up to normalise().
  __device__ __forceinline__ void attend(int block_count, int first_position, std::uint32_t queries,
                                         float (&o)[Shape::kOutputs], RowState& rows) {
    float s[Shape::kScores];
    std::uint32_t p[Shape::kTokenSteps][4];
    float factor[2];

    ptx::mbarrier_wait(smem_.keys_full(keys_.stage), keys_.parity);
    std::uint32_t block = smem_.block(keys_.stage);
    multiply_keys(s, queries);
    ptx::wgmma_wait<0>();
    ptx::hold(s);
    weigh(s, first_position, queries, block, rows, factor);
    release(smem_.keys_empty(keys_.stage));
    keys_.advance();
    pack(p, s);

    for (int i = block_count - 1; i > 0; --i) {
      ptx::mbarrier_wait(smem_.keys_full(keys_.stage), keys_.parity);
      block = smem_.block(keys_.stage);
      multiply_keys(s, queries);
      ptx::mbarrier_wait(smem_.values_full(values_.stage), values_.parity);
      multiply_values(o, p);
      ptx::wgmma_wait<1>();
      ptx::hold(s);
      bool const raised = weigh(s, first_position, queries, block, rows, factor);
      release(smem_.keys_empty(keys_.stage));
      keys_.advance();
      // ptxas moves a wait up as far as it can. It stays below the exponentials because weigh()
      // ends in a branch on their sums.
      ptx::wgmma_wait<0>();
      ptx::hold(o);
      if (raised) rescale(o, factor);
      release(smem_.values_empty(values_.stage));
      values_.advance();
      pack(p, s);
    }
    ptx::mbarrier_wait(smem_.values_full(values_.stage), values_.parity);
    multiply_values(o, p);
    ptx::wgmma_wait<0>();
    ptx::hold(o);
    release(smem_.values_empty(values_.stage));
    values_.advance();
  }

  /// Divides by the sums and leaves the tile's rows to the writer.
  __device__ __forceinline__ void finish(std::uint32_t stage, float (&o)[Shape::kOutputs],
                                         RowState const& state) const {
    float lse[2];
    normalise(state, o, lse);
    int const lane = ptx::lane_id();
    int const row = warp_ * 16 + lane / 4;
    if (lane % 4 == 0) {
      smem_.lse(stage)[row] = lse[0];
      smem_.lse(stage)[row + 8] = lse[1];
    }
    TileHeader const& tile = smem_.header(stage);
    if (tile.partial_slot >= 0) {
      std::int64_t const first = static_cast<std::int64_t>(tile.partial_slot) * kPrefillSlotRows;
      store_partial<Shape>(o, params_.o_partial + first * Shape::kHeadDim, tile.row_count, warp_,
                           lane);
    } else {
      // No warp of the warpgroup still multiplies these queries.
      ptx::named_barrier_sync(kStoreBarrier + warpgroup_, 128);
      write_rows<Shape>(o, smem_.queries(stage), warp_, lane);
      ptx::fence_proxy_async();  // the copy engine reads them
    }
    release(smem_.tile_done(stage));
  }

  AttentionParams const& params_;
  Smem<Shape> const& smem_;
  int warp_;
  int lane_;
  std::uint32_t warpgroup_;
  float scale_log2_;
  Ring<Shape::kStages> keys_;
  Ring<Shape::kStages> values_;
};

}  // namespace fluxscope::kernels::wgmma

#pragma once
// The producer warp of xattn_score_wgmma: takes tiles and keeps the ring of steps full.

#include <cuda.h>

#include "kernels/device/ptx.cuh"
#include "kernels/device/ptx_sm90.cuh"
#include "kernels/device/tile_walk.cuh"
#include "kernels/routing/xattn/score_wgmma/shape.cuh"

namespace fluxscope::kernels::xattn {

/// Tensor maps of the launch, see RowMap: a row is one token of each of 64 groups.
struct ScoreMaps {
  CUtensorMap q;
  CUtensorMap k;
};

/// What one lane copies in every step of a pass: token `t` of 64 groups.
struct Box {
  bool wanted = false;           ///< false: nobody looks at what lies there
  bool mapped = false;           ///< the copy engine can address it
  std::int32_t first_token = 0;  ///< of its first group
  std::int32_t tokens = 0;       ///< of the sequence
  std::int64_t first = 0;        ///< element of the first token
  std::int64_t token_stride = 0;
};

template <class Shape>
class ScoreProducer {
 public:
  __device__ __forceinline__ ScoreProducer(XattnScoreParams const& params, ScoreMaps const& maps,
                                           ScoreSmem<Shape> const& smem)
      : params_(params), maps_(maps), smem_(smem), lane_(static_cast<int>(threadIdx.x) % 32) {}

  /// All tiles of this CTA, and the number that ends them. By a whole warp.
  __device__ __forceinline__ void run() {
    Ring<Shape::kTileStages> tiles;
    for (TileWalk walk(params_.work);; tiles.advance()) {
      ptx::mbarrier_wait(smem_.tile_empty(tiles.stage), tiles.parity ^ 1u);
      if (lane_ == 0) {
        smem_.tile(tiles.stage) = walk.valid() ? walk.index() : -1;
        ptx::mbarrier_arrive(smem_.tile_full(tiles.stage));
      }
      ptx::other_lanes_arrive(smem_.tile_full(tiles.stage), lane_);
      if (!walk.valid()) return;
      std::int32_t turn = 0;
      if (lane_ == 0) walk.request_next(&turn);
      copy_tile(PanelPair<Shape::kStride>(params_, params_.work.tiles[walk.index()]));
      walk.advance(__shfl_sync(0xffffffffu, turn, 0));
    }
  }

 private:
  __device__ __forceinline__ void copy_tile(PanelPair<Shape::kStride> const& pair) {
    // Every second pass goes over the depth backwards: it begins with the queries that the pass
    // before read last and that still lie in the L2.
    bool backwards = false;
    for (int first = 0; first < pair.key_groups; first += Shape::kKeyGroups) {
      Box const box = lane_ < Shape::kConsumers ? query_box(pair) : key_box(pair, first);
      for (int step = 0; step < Shape::kSteps; ++step) {
        copy_step(box, backwards ? Shape::kSteps - 1 - step : step);
      }
      backwards = !backwards;
    }
  }

  __device__ __forceinline__ Box query_box(PanelPair<Shape::kStride> const& pair) const {
    Panel const panel = pair.panel(lane_ % Shape::kConsumers);
    Box box;
    box.wanted = panel.head >= 0;
    box.first_token = panel.first_group * Shape::kStride;
    box.tokens = pair.sequence.q_len;
    box.token_stride = std::int64_t{params_.q_heads} * Shape::kHeadDim;
    box.first = (pair.sequence.q_row_begin + box.first_token) * box.token_stride +
                std::int64_t{panel.head} * Shape::kHeadDim;
    return with_map(box);
  }

  __device__ __forceinline__ Box key_box(PanelPair<Shape::kStride> const& pair, int first) const {
    int const group = first + (lane_ - Shape::kConsumers) * Shape::kBoxRows;
    Box box;
    box.wanted = lane_ < Shape::kBoxes && group < pair.key_groups;
    box.first_token = group * Shape::kStride;
    box.tokens = pair.sequence.kv_len;
    box.token_stride = params_.kv.token_stride;
    box.first = pair.key_begin + box.first_token * box.token_stride;
    return with_map(box);
  }

  __device__ __forceinline__ static Box with_map(Box box) {
    std::int64_t const last = box.first + (Shape::kStride - 1) * box.token_stride;
    box.mapped = box.first % Shape::kHeadDim == 0 && box.token_stride % Shape::kHeadDim == 0 &&
                 last / Shape::kHeadDim <= INT32_MAX;
    return box;
  }

  /// Token of the box's groups that a step copies: query groups go backwards.
  [[nodiscard]] __device__ __forceinline__ static int token_of(int step, bool query) {
    int const token = step / Shape::kPanelSteps;
    return query ? Shape::kStride - 1 - token : token;
  }

  __device__ __forceinline__ void copy_step(Box const& box, int step) {
    std::uint32_t const stage = smem_.stage(ring_.stage);
    std::uint32_t const full = smem_.full(ring_.stage);
    bool const query = lane_ < Shape::kConsumers;
    int const token = token_of(step, query);
    bool const whole =
        box.first_token + (Shape::kBoxRows - 1) * Shape::kStride + token < box.tokens;
    bool const boxed = box.wanted && box.mapped && whole;
    ptx::mbarrier_wait(smem_.empty(ring_.stage), ring_.parity ^ 1u);
    std::uint32_t const by_rows = __ballot_sync(0xffffffffu, box.wanted && !boxed);
    if (by_rows != 0) copy_rows(box, step, stage, by_rows);
    int const boxes = __popc(__ballot_sync(0xffffffffu, boxed));
    if (lane_ == 0) {
      ptx::mbarrier_arrive_expect(full, static_cast<std::uint32_t>(boxes * Shape::kBoxBytes));
    }
    ptx::other_lanes_arrive(full, lane_);
    __syncwarp();
    if (boxed) {
      auto const row =
          static_cast<std::int32_t>((box.first + token * box.token_stride) / Shape::kHeadDim);
      ptx::copy_box_3d(stage + static_cast<std::uint32_t>(lane_ * Shape::kBoxBytes),
                       query ? maps_.q : maps_.k, full, step % Shape::kPanelSteps * 64, 0, row);
    }
    ring_.advance();
  }

  /// The boxes of the lanes in `lanes`, row by row; rows that do not exist become zeros.
  __device__ __forceinline__ void copy_rows(Box const& box, int step, std::uint32_t stage,
                                            std::uint32_t lanes) const {
    int const piece = lane_ % 8;
    for (; lanes != 0; lanes &= lanes - 1) {
      int const owner = __ffs(static_cast<int>(lanes)) - 1;
      int const token = token_of(step, owner < Shape::kConsumers);
      std::int64_t const stride = __shfl_sync(0xffffffffu, box.token_stride, owner);
      std::int64_t const first = __shfl_sync(0xffffffffu, box.first, owner) + token * stride +
                                 step % Shape::kPanelSteps * 64 + piece * 8;
      int const left = __shfl_sync(0xffffffffu, box.tokens - box.first_token, owner) - token;
      __nv_bfloat16 const* const base = owner < Shape::kConsumers ? params_.q : params_.kv.k;
      std::uint32_t const place = stage + static_cast<std::uint32_t>(owner * Shape::kBoxBytes);
#pragma unroll 2
      for (int row = lane_ / 8; row < Shape::kBoxRows; row += 4) {
        bool const exists = row * Shape::kStride < left;
        ptx::cp_async_16(place + static_cast<std::uint32_t>(row * 128 + (piece ^ row % 8) * 16),
                         base + (exists ? first + row * Shape::kStride * stride : 0), exists);
      }
    }
    ptx::cp_async_commit();
    ptx::cp_async_wait<0>();
    ptx::fence_proxy_async();
    __syncwarp();
  }

  XattnScoreParams const& params_;
  ScoreMaps const& maps_;
  ScoreSmem<Shape> const& smem_;
  int lane_;
  Ring<Shape::kStages> ring_;
};

}  // namespace fluxscope::kernels::xattn

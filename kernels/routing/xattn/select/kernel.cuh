#pragma once
// The kernel xattn_select: a team of one or eight warps per row.

#include "kernels/device/probe.cuh"
#include "kernels/routing/xattn/select/launch.hpp"

namespace fluxscope::kernels::xattn {

inline constexpr int kSelectWarps = 8;  ///< of a CTA

/// A team of kWarps warps holds a row of up to 32 kWarps kValues blocks. Value k of a lane is block
/// 32 (kValues * warp + k) + lane.
template <int kWarps_, int kValues_>
struct SelectShape {
  static constexpr int kWarps = kWarps_;
  static constexpr int kValues = kValues_;
  static constexpr int kBlocks = 32 * kWarps * kValues;
  static constexpr int kTeams = kSelectWarps / kWarps;      ///< of a CTA
  static constexpr int kCtasPerSm = kValues <= 16 ? 3 : 2;  ///< for which registers must suffice
};

/// What a team adds up: scores, and how many they are.
struct Sum {
  float score;
  int count;
};

/// Sums and ordered counts over a team. Every thread of the team calls them alike.
template <class Shape>
class Team {
 public:
  using Exchange = Sum[2][kSelectWarps];

  __device__ __forceinline__ Team(Exchange& exchange, int warp, int lane)
      : exchange_(exchange), warp_(warp), lane_(lane) {}

  /// The sum over all lanes, added in the same order at every call.
  __device__ __forceinline__ Sum sum(Sum x) {
#pragma unroll
    for (int lanes = 16; lanes > 0; lanes /= 2) {
      x.score += __shfl_xor_sync(0xffffffffu, x.score, lanes);
    }
    x.count = __reduce_add_sync(0xffffffffu, x.count);
    if constexpr (Shape::kWarps > 1) {
      publish(x);
      x = {0, 0};
#pragma unroll
      for (int w = 0; w < Shape::kWarps; ++w) {
        x.score += exchange_[phase_][w].score;
        x.count += exchange_[phase_][w].count;
      }
    }
    return x;
  }

  __device__ __forceinline__ std::uint32_t max(std::uint32_t x) {
    x = __reduce_max_sync(0xffffffffu, x);
    if constexpr (Shape::kWarps > 1) {
      publish({0, static_cast<int>(x)});
#pragma unroll
      for (int w = 0; w < Shape::kWarps; ++w) {
        x = ::max(x, static_cast<std::uint32_t>(exchange_[phase_][w].count));
      }
    }
    return x;
  }

  /// The sum of `x`, the same in every lane of a warp, over the warps before this one.
  __device__ __forceinline__ int before(int x) {
    int total = 0;
    if constexpr (Shape::kWarps > 1) {
      publish({0, x});
#pragma unroll
      for (int w = 0; w < Shape::kWarps; ++w) total += w < warp_ ? exchange_[phase_][w].count : 0;
    }
    return total;
  }

 private:
  /// One barrier a call: who writes a buffer again has passed the barrier of the other.
  __device__ __forceinline__ void publish(Sum const& x) {
    phase_ ^= 1;
    if (lane_ == 0) exchange_[phase_][warp_] = x;
    __syncthreads();
  }

  Exchange& exchange_;
  int warp_;
  int lane_;
  int phase_ = 0;
};

/// A row's scores and the order in which its blocks are kept. Scores of always kept blocks and of
/// those that do not exist are 0 here.
template <class Shape>
class ScoreRow {
 public:
  __device__ __forceinline__ ScoreRow(XattnSelectParams const& params, int index,
                                      XattnRow const& row, int warp, int lane)
      : first_(warp * Shape::kValues * 32), count_(row.kv_blocks), lane_(lane) {
    float const* const scores = params.block_scores + params.row_begin[index];
    int const recent_begin = row.first_own_block - params.recent_blocks + 1;
#pragma unroll
    for (int k = 0; k < Shape::kValues; ++k) {
      int const block = first_ + 32 * k + lane;
      float const score = block < count_ ? __ldg(scores + block) : 0.0f;
      bool const always = block < count_ && (block < params.sink_blocks || block >= recent_begin);
      if (always) always_ |= 1u << k;
      always_sum_ += always ? score : 0.0f;
      score_[k] = always ? 0.0f : score;
    }
  }

  /// This lane's part of the always kept blocks' sum.
  [[nodiscard]] __device__ __forceinline__ Sum always() const { return {always_sum_, 0}; }

  /// This lane's part of the sum of the other blocks with a score of at least `cut`, or a NaN.
  [[nodiscard]] __device__ __forceinline__ Sum sum_from(float cut) const {
    Sum sum{0, 0};
    for_all([&](int k) {
      if (!(score_[k] < cut)) {
        sum.score += score_[k];
        ++sum.count;
      }
    });
    return sum;
  }

  /// The bits of this lane's largest score. Bits of numbers >= 0 order as the numbers.
  [[nodiscard]] __device__ __forceinline__ std::uint32_t largest() const {
    float largest = 0;
    for_all([&](int k) { largest = fmaxf(largest, score_[k]); });
    return __float_as_uint(largest);
  }

  [[nodiscard]] __device__ __forceinline__ int block_count() const { return count_; }

  /// Bit k: block k of this lane is kept: always, or because its score is at least `cut`, or a NaN.
  [[nodiscard]] __device__ __forceinline__ std::uint32_t kept_from(float cut) const {
    std::uint32_t mask = always_;
    for_all([&](int k) {
      if (exists(k) && !(score_[k] < cut)) mask |= 1u << k;
    });
    return mask;
  }

  /// The same, but of the blocks at `cut` only the first `ties` ones.
  [[nodiscard]] __device__ __forceinline__ std::uint32_t kept_from(Team<Shape>& team, float cut,
                                                                   int ties) const {
    std::uint32_t at_cut = 0;
    std::uint32_t mask = always_;
    int warp_ties = 0;
    for_all([&](int k) {
      bool const candidate = exists(k) && (always_ >> k & 1u) == 0;
      if (candidate && score_[k] > cut) mask |= 1u << k;
      if (candidate && score_[k] == cut) at_cut |= 1u << k;
      warp_ties += __popc(__ballot_sync(0xffffffffu, candidate && score_[k] == cut));
    });
    int rank = team.before(warp_ties);
    for_all([&](int k) {
      bool const tied = (at_cut >> k & 1u) != 0;
      std::uint32_t const others = __ballot_sync(0xffffffffu, tied);
      if (tied && rank + lower(others) < ties) mask |= 1u << k;
      rank += __popc(others);
    });
    return mask;
  }

  /// Writes the blocks of `mask` in ascending order, and their number.
  __device__ __forceinline__ void store(Team<Shape>& team, std::uint32_t mask,
                                        std::uint32_t* columns, std::int32_t* count,
                                        bool last_warp) const {
    int const warp_count = __reduce_add_sync(0xffffffffu, __popc(mask));
    int place = team.before(warp_count);
    if (last_warp && lane_ == 0) *count = place + warp_count;
    for_all([&](int k) {
      bool const keep = (mask >> k & 1u) != 0;
      std::uint32_t const others = __ballot_sync(0xffffffffu, keep);
      if (keep) {
        columns[place + lower(others)] = static_cast<std::uint32_t>(first_ + 32 * k + lane_);
      }
      place += __popc(others);
    });
  }

 private:
  /// body(k) for the values of the warp, in groups that are left out where the row has ended.
  template <class Body>
  __device__ __forceinline__ void for_all(Body const& body) const {
    constexpr int kGroup = 4;
#pragma unroll
    for (int group = 0; group < Shape::kValues; group += kGroup) {
      if (first_ + 32 * group >= count_) break;
#pragma unroll
      for (int k = group; k < group + kGroup; ++k) body(k);
    }
  }

  [[nodiscard]] __device__ __forceinline__ bool exists(int k) const {
    return first_ + 32 * k + lane_ < count_;
  }
  /// Lanes of `lanes` below this one.
  [[nodiscard]] __device__ __forceinline__ int lower(std::uint32_t lanes) const {
    return __popc(lanes & ((1u << lane_) - 1u));
  }

  float score_[Shape::kValues];
  float always_sum_ = 0;
  std::uint32_t always_ = 0;
  int first_;
  int count_;
  int lane_;
};

/// The blocks that the row keeps, as ScoreRow::kept_from: a binary search for the cut over the bits
/// of the scores, until a single score lies between its ends.
template <class Shape>
__device__ __forceinline__ std::uint32_t select_blocks(ScoreRow<Shape> const& row,
                                                       Team<Shape>& team, float threshold) {
  float const always = team.sum(row.always()).score;
  float const total = always + team.sum(row.sum_from(0.0f)).score;
  float const need = threshold * total;
  if (!(total <= 3.0e38f)) return row.kept_from(-INFINITY);  // not finite: all
  if (always >= need) return row.kept_from(INFINITY);
  // What lies from low on suffices: blocks below it have less than half of what may be left out.
  float const rest = 1.0f - threshold;
  float const spare = rest > 1e-3f ? 0.5f * rest * total : 0.0f;
  std::uint32_t low = __float_as_uint(spare / static_cast<float>(row.block_count()));
  std::uint32_t high = team.max(row.largest()) + 1;  // what lies from here on does not
  Sum from_low{0, Shape::kBlocks + 1};
  Sum from_high{0, 0};
  while (high - low > 1 && from_low.count - from_high.count > 1) {
    std::uint32_t const middle = low + (high - low) / 2;
    Sum const sum = team.sum(row.sum_from(__uint_as_float(middle)));
    bool const suffices = always + sum.score >= need;
    (suffices ? low : high) = middle;
    (suffices ? from_low : from_high) = sum;
  }
  if (from_low.count - from_high.count == 1) return row.kept_from(__uint_as_float(low));
  float const cut = __uint_as_float(low);
  float const ties = ceilf((need - (always + from_high.score)) / cut);
  return row.kept_from(team, cut, static_cast<int>(fminf(fmaxf(ties, 1.0f), Shape::kBlocks)));
}

template <class Shape, ProbeLevel kProbe>
__global__ void __launch_bounds__(kSelectWarps * 32, Shape::kCtasPerSm)
    xattn_select_kernel(XattnSelectParams const __grid_constant__ params) {
  __shared__ Sum exchange[2][kSelectWarps];
  FLUXSCOPE_PROBE(Probe<kProbe> probe(params.probe, threadIdx.x / 32, kSelectWarps);)
  int const warp = static_cast<int>(threadIdx.x) / 32;
  int const lane = static_cast<int>(threadIdx.x) % 32;
  int const index = static_cast<int>(blockIdx.x) * Shape::kTeams + warp / Shape::kWarps;
  if (index < params.rows_count) {  // the same in a whole team
    XattnRow const row = params.rows[index];
    int const team_warp = warp % Shape::kWarps;
    float const given =
        params.head_thresholds != nullptr ? params.head_thresholds[row.q_head] : params.threshold;
    Team<Shape> team(exchange, team_warp, lane);
    ScoreRow<Shape> const scores(params, index, row, team_warp, lane);
    std::uint32_t const mask = select_blocks(scores, team, fminf(fmaxf(given, 0.0f), 1.0f));
    scores.store(team, mask, params.columns + params.row_begin[index], params.row_count + index,
                 team_warp == Shape::kWarps - 1);
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

}  // namespace fluxscope::kernels::xattn

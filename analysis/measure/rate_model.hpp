#pragma once
// How many KV blocks the SMs together work off per time while n of them are active, fitted to the
// launches of one kernel in a trace. A memory that all share bends the rate; without one it is a
// straight line.

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace fluxscope::analysis {

/// One SM in one launch: at work from `begin_ns` to `end_ns`, times since the launch's T0.
struct SmSpan {
  double begin_ns = 0;
  double end_ns = 0;
  double share = 1;  ///< busy time / (end - begin): below 1 where it idled between CTAs
};

/// What a fit reads of one launch.
struct RateSample {
  std::vector<SmSpan> by_begin;  ///< SMs that ran a CTA
  std::vector<SmSpan> by_end;    ///< the same
  double window_ns = 0;
  double visited_blocks = 0;  ///< of all tiles
  double tiles = 0;
};

/// Sorts `spans` in both ways.
[[nodiscard]] RateSample rate_sample(std::span<SmSpan const> spans, double window_ns,
                                     double visited_blocks, double tiles);

/// R(n) = ((n r)^-p + M^-p)^(-1/p). M infinite: n r. An SM draws nothing for the first `start_ns`,
/// and a tile costs as much as `tile_blocks` blocks more than it visits.
struct RateModel {
  double alone_blocks_per_ns = 0;                                       ///< r: an SM by itself
  double most_blocks_per_ns = std::numeric_limits<double>::infinity();  ///< M: all that is shared
  double exponent = 1;  ///< p: sharpness of the bend
  double start_ns = 0;
  double tile_blocks = 0;

  [[nodiscard]] double blocks_per_ns(double active_sms) const;

  /// Blocks that the launch's SMs work off by the model: integral of R(n(t)) over its window.
  [[nodiscard]] double blocks(RateSample const& sample) const;

  /// log(predicted window / window), where the prediction keeps the shape of n(t).
  [[nodiscard]] double residual(RateSample const& sample) const;

  /// Window of the sample's tiles with `sms` SMs active from the first start to the end.
  [[nodiscard]] double level_window_ns(RateSample const& sample, double sms) const;
};

enum class RateShape : std::uint8_t { straight, bent };

/// The robust fit over `samples` (at most 128 of them, evenly spaced, enter it): outliers, such as
/// launches whose CTAs lay badly on the chip, lose their weight. Throws ContractError on fewer
/// samples than parameters (3; bent: 5), or one without blocks or window.
[[nodiscard]] RateModel fit_rate_model(std::span<RateSample const> samples, RateShape shape);

}  // namespace fluxscope::analysis

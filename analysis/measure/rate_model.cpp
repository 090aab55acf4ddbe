#include "analysis/measure/rate_model.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/measure/robust_fit.hpp"
#include "analysis/measure/statistics.hpp"
#include "base/error.hpp"
#include "base/statistics.hpp"

namespace fluxscope::analysis {
namespace {

constexpr std::size_t kMostSamples = 128;
// Losses of the fit, wide first: the narrow one alone would end in the nearest minimum.
constexpr std::array kScales = {0.3, 0.1, 0.03};
constexpr double kLeastBlocks = 1e-9;

double length_ns(SmSpan const& span) { return span.end_ns - span.begin_ns; }

std::vector<RateSample const*> spaced(std::span<RateSample const> samples) {
  std::size_t const step = (samples.size() + kMostSamples - 1) / kMostSamples;
  std::vector<RateSample const*> some;
  for (std::size_t i = 0; i < samples.size(); i += step) some.push_back(&samples[i]);
  return some;
}

RateModel model_of(std::span<double const> parameters, RateShape shape) {
  RateModel model{.alone_blocks_per_ns = parameters[0],
                  .start_ns = parameters[1],
                  .tile_blocks = parameters[2]};
  if (shape == RateShape::bent) {
    model.most_blocks_per_ns = parameters[3];
    model.exponent = parameters[4];
  }
  return model;
}

struct Guess {
  std::vector<double> values;
  std::vector<PositiveRange> ranges;
};

Guess guess_of(std::span<RateSample const* const> samples, RateShape shape) {
  std::vector<double> per_sm;
  std::vector<double> together;
  std::vector<double> windows;
  for (auto const* sample : samples) {
    double busy_ns = 0;
    for (auto const& span : sample->by_begin) busy_ns += span.share * length_ns(span);
    expects(busy_ns > 0 && sample->window_ns > 0 && sample->visited_blocks > 0,
            "a rate needs time and blocks");
    per_sm.push_back(sample->visited_blocks / busy_ns);
    together.push_back(sample->visited_blocks / sample->window_ns);
    windows.push_back(sample->window_ns);
  }
  double const alone = quantile_of(per_sm, 0.9);
  double const most = quantile_of(together, 0.9);
  double const longest_start = std::max(2.0, median(windows) / 2);
  Guess guess{{alone, std::clamp(median(windows) / 50, 1.0, longest_start), 0.5},
              {{alone / 20, alone * 20}, {1e-3, longest_start}, {1e-4, 30}}};
  if (shape == RateShape::bent) {
    guess.values.insert(guess.values.end(), {most * 1.1, 4});
    guess.ranges.insert(guess.ranges.end(), {{most / 3, most * 1000}, {1, 20}});
  }
  return guess;
}

}  // namespace

RateSample rate_sample(std::span<SmSpan const> spans, double window_ns, double visited_blocks,
                       double tiles) {
  RateSample sample;
  sample.by_begin.assign(spans.begin(), spans.end());
  sample.by_end = sample.by_begin;
  std::sort(sample.by_begin.begin(), sample.by_begin.end(),
            [](auto const& a, auto const& b) { return a.begin_ns < b.begin_ns; });
  std::sort(sample.by_end.begin(), sample.by_end.end(),
            [](auto const& a, auto const& b) { return a.end_ns < b.end_ns; });
  sample.window_ns = window_ns;
  sample.visited_blocks = visited_blocks;
  sample.tiles = tiles;
  return sample;
}

double RateModel::blocks_per_ns(double active_sms) const {
  double const alone = active_sms * alone_blocks_per_ns;
  if (std::isinf(most_blocks_per_ns)) return alone;
  return alone * std::pow(1 + std::pow(alone / most_blocks_per_ns, exponent), -1 / exponent);
}

double RateModel::blocks(RateSample const& sample) const {
  double sum = 0;
  double active = 0;
  double now_ns = 0;
  auto const draws = [this](SmSpan const& span) { return length_ns(span) > start_ns; };
  auto const advance = [&](double to_ns, double change) {
    if (active > 0 && to_ns > now_ns) sum += blocks_per_ns(active) * (to_ns - now_ns);
    now_ns = to_ns;
    active += change;
  };
  auto begin = sample.by_begin.begin();
  for (auto const& end : sample.by_end) {
    if (!draws(end)) continue;
    for (; begin != sample.by_begin.end() && begin->begin_ns + start_ns <= end.end_ns; ++begin) {
      if (draws(*begin)) advance(begin->begin_ns + start_ns, begin->share);
    }
    advance(end.end_ns, -end.share);
  }
  return sum;
}

double RateModel::residual(RateSample const& sample) const {
  double const start = std::min(start_ns, 0.9 * sample.window_ns);
  double const work = sample.visited_blocks + tile_blocks * sample.tiles;
  double const stretch = work / std::max(blocks(sample), kLeastBlocks);
  return std::log((start + (sample.window_ns - start) * stretch) / sample.window_ns);
}

double RateModel::level_window_ns(RateSample const& sample, double sms) const {
  return start_ns + (sample.visited_blocks + tile_blocks * sample.tiles) / blocks_per_ns(sms);
}

RateModel fit_rate_model(std::span<RateSample const> samples, RateShape shape) {
  expects(samples.size() >= (shape == RateShape::bent ? 5U : 3U), "a fit has enough samples");
  auto const some = spaced(samples);
  auto const guess = guess_of(some, shape);
  auto const residuals = [&](std::span<double const> parameters) {
    auto const model = model_of(parameters, shape);
    std::vector<double> values;
    values.reserve(some.size());
    for (auto const* sample : some) values.push_back(model.residual(*sample));
    return values;
  };
  return model_of(robust_fit(residuals, guess.values, guess.ranges, kScales), shape);
}

}  // namespace fluxscope::analysis

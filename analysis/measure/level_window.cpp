#include "analysis/measure/level_window.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "analysis/measure/rate_model.hpp"
#include "analysis/measure/statistics.hpp"
#include "base/statistics.hpp"
#include "base/terminal/number_text.hpp"

namespace fluxscope::analysis {
namespace {

using traces::Trace;

// The bent model has two parameters more and always fits a little better.
constexpr double kClearlyBetter = 1.2;
constexpr double kAlwaysClose = 0.005;
constexpr double kSpreadQuantile = 0.68;

constexpr std::array kFormulas = {
    FormulaRow{"n(t)", "SM", "",
               "active SMs; one that idles between CTAs counts by its busy share"},
    FormulaRow{
        "R(n)", "block/ns", "((n r)^-p + M^-p)^(-1/p)",
        "KV blocks that n active SMs work off together: r by one alone, M by the memory that "
        "all share, p how sharply it bends. Straight, n r, unless the bent curve misses the "
        "launches clearly less (factor 1.2): then no shared limit was seen."},
    FormulaRow{"B", "block", "sum_i (visited_blocks_i + b)",
               "work of a launch: b is what a tile costs beside its blocks"},
    FormulaRow{
        "fit", "1", "integral R(n(t)) dt = B, first c ns of each SM left out",
        "r, M, p, b, c: one fit for each op, kernel, query heads per KV head, head_dim and R "
        "over the trace's analysed launches, robust against outliers; then a speed factor f "
        "for each batch and lengths. Not resolved with fewer than 8 launches that keep "
        "different numbers of SMs active, or a spread above 10 %."},
    FormulaRow{"spread", "1", "q68(abs(log(predicted window / window)))",
               "of the fit's launches: the saving's uncertainty, as a share of L_level"},
    FormulaRow{"L_level", "ns", "ramp + c + B / (f R(P)); straight: L - tail area / P",
               "window of the same tiles with all P SMs active to one common end"},
};

using KernelKey = std::tuple<std::string, std::string, std::int32_t, std::int32_t, std::int32_t>;
using LengthKey = std::tuple<std::int32_t, std::int32_t, std::int32_t>;

struct Sample {
  LaunchMeasure const* launch = nullptr;
  LengthKey lengths;
};

struct Fit {
  RateModel model;
  bool shared = false;
  double spread_ratio = 0;
  std::map<LengthKey, double> slowness;  ///< log(window / predicted), median over the lengths
  std::string reason;                    ///< why there is none, else empty
};

KernelKey kernel_key(Trace const& trace, LaunchMeasure const& launch) {
  auto const& record = trace.cases[launch.case_id];
  return {launch.op, launch.kernel, record.q_heads / std::max(record.kv_heads, 1), record.head_dim,
          launch.ctas_per_sm};
}

LengthKey length_key(traces::CaseRecord const& record) {
  return {record.batch, record.q_len, record.kv_len};
}

bool has_work(LaunchMeasure const& launch) {
  return launch.visited_blocks > 0 && launch.window_ns > 0 && launch.useful_area_ns > 0;
}

RateSample sample_of(LaunchMeasure const& launch) {
  return rate_sample(launch.spans, launch.window_ns, launch.visited_blocks, launch.tiles);
}

std::string too_few(std::span<Sample const> samples) {
  std::set<long> counts;
  double most = 0;
  double sms = 0;
  for (auto const& sample : samples) {
    double const active = sample.launch->useful_area_ns / sample.launch->window_ns;
    counts.insert(std::lround(active));
    most = std::max(most, active);
    sms = sample.launch->sm_count();
  }
  if (counts.size() < kLeastLaunchesOfAFit) {
    return fmt::format(
        "{} launches of this kernel keep different numbers of SMs active; the rate "
        "model needs {}",
        counts.size(), kLeastLaunchesOfAFit);
  }
  if (most < sms / 2) return "no launch of this kernel keeps half of the SMs active";
  return {};
}

/// Fills in slowness and spread.
void add_spread(Fit& fit, std::span<Sample const> samples, std::span<RateSample const> rates) {
  std::vector<double> residuals;
  std::map<LengthKey, std::vector<double>> by_lengths;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    residuals.push_back(fit.model.residual(rates[i]));
    by_lengths[samples[i].lengths].push_back(residuals.back());
  }
  for (auto const& [lengths, values] : by_lengths) {
    fit.slowness[lengths] = values.size() < kLeastLaunchesOfAFit ? 0 : -median(values);
  }
  for (std::size_t i = 0; i < samples.size(); ++i) {
    residuals[i] = std::abs(residuals[i] + fit.slowness[samples[i].lengths]);
  }
  fit.spread_ratio = quantile_of(residuals, kSpreadQuantile);
}

Fit fit_of(std::span<Sample const> samples) {
  Fit bent;
  bent.reason = too_few(samples);
  if (!bent.reason.empty()) return bent;
  std::vector<RateSample> rates;
  for (auto const& sample : samples) rates.push_back(sample_of(*sample.launch));
  Fit straight;
  straight.model = fit_rate_model(rates, RateShape::straight);
  add_spread(straight, samples, rates);
  bent.model = fit_rate_model(rates, RateShape::bent);
  bent.shared = true;
  add_spread(bent, samples, rates);
  bool const better = straight.spread_ratio > kClearlyBetter * bent.spread_ratio + kAlwaysClose;
  Fit& chosen = better ? bent : straight;
  if (!(chosen.spread_ratio <= kWidestSpread)) {
    chosen.reason = "the rate model misses this kernel's launches by " +
                    number_text("{:.0f} %", chosen.spread_ratio * 100);
  }
  return chosen;
}

LevelWindow level_of(LaunchMeasure const& launch, LengthKey const& lengths, Fit const& fit) {
  LevelWindow level;
  level.reason = fit.reason;
  if (!level.reason.empty()) return level;
  double const sms = launch.sm_count();
  level.shared = fit.shared;
  if (!fit.shared) {
    double const tail_ns = launch.tail_area_ns / sms;
    level.window_ns = launch.window_ns - tail_ns;
    level.u_ns = std::hypot(launch.tail_area_u_ns / sms, fit.spread_ratio * tail_ns);
    return level;
  }
  double const start_ns = fit.model.start_ns;
  double const drawn_ns = fit.model.level_window_ns(sample_of(launch), sms) - start_ns;
  double const slowness = std::exp(fit.slowness.at(lengths));
  level.window_ns = launch.ramp_area_ns / sms + start_ns + drawn_ns * slowness;
  level.u_ns = fit.spread_ratio * *level.window_ns;
  return level;
}

}  // namespace

void set_level_windows(Trace const& trace, std::span<CaseMeasure> measures) {
  std::map<KernelKey, std::vector<Sample>> kernels;
  for (auto const& measure : measures) {
    for (auto const& launch : measure.attention) {
      if (!has_work(launch)) continue;
      kernels[kernel_key(trace, launch)].push_back(
          {&launch, length_key(trace.cases[launch.case_id])});
    }
  }
  std::map<KernelKey, Fit> fits;
  for (auto const& [key, samples] : kernels) fits.emplace(key, fit_of(samples));
  for (auto& measure : measures) {
    for (auto* launches : {&measure.launches, &measure.attention}) {
      for (auto& launch : *launches) {
        if (!launch.is_attention()) {
          launch.level.reason = "not an attention launch";
        } else if (!has_work(launch)) {
          launch.level.reason = "the launch has no tile times";
        } else {
          launch.level = level_of(launch, length_key(trace.cases[launch.case_id]),
                                  fits.at(kernel_key(trace, launch)));
        }
      }
    }
  }
}

std::span<FormulaRow const> level_window_formulas() { return kFormulas; }

}  // namespace fluxscope::analysis

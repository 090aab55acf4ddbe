#include "sim/times/calibrate_times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <set>

#include "base/error.hpp"
#include "base/parallel_for.hpp"
#include "base/terminal/progress.hpp"
#include "plan/layer/names.hpp"
#include "sim/calibrate/conformal.hpp"
#include "sim/calibrate/fit.hpp"
#include "sim/calibrate/fit_parameters.hpp"
#include "sim/calibrate/fitted_ranges.hpp"
#include "sim/times/cases.hpp"
#include "sim/times/folds.hpp"

namespace fluxscope::sim {
namespace {

constexpr std::array kPhases = {plan::Phase::prefill, plan::Phase::decode};
// A fit simulates its rows some hundred times: the longest teach it nothing that these do not.
constexpr std::int64_t kMostFitTiles = 8192;
/// Where a fit begins, beside the specification. A time of a case ends at kinks, behind which a
/// descent does not find back: where every decode row is split, few rows have so few CTAs that the
/// time of a block alone counts (7147 ns for 3000 planted, from far above), and a launch that
/// begins at a microsecond stayed a fifth too low.
struct Start {
  double alone_share;  ///< of set_start()'s block_ns of a decode CTA
  double floor_share;  ///< launch_ns of the least time measured
};
constexpr std::array<Start, 3> kStarts = {{{1, 0}, {0.5, 0.4}, {0.25, 0.8}}};

class TimesCalibrator {
 public:
  TimesCalibrator(TimesTable const& table, DeviceSpec const& spec,
                  plan::Decomposition const& decomposition, TimesOptions const& options)
      : table_(table),
        options_(options),
        decomposition_(decomposition),
        progress_("calibrate", "rounds of fits", all_rounds(options)) {
    std::set<plan::Phase> phases;
    for (TimedRow const& row : table.rows) phases.insert(row.phase);
    device_ = foreign_profile(spec, decomposition, phases);
    for (plan::Phase const phase : kPhases) expect_enough(phase);
  }

  TimesCalibration run() {
    RowIndices all(table_.rows.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    RowIndices const seen = teaching(all, options_.fit_rows);
    CalibrationData const data = data_of(seen);
    RowIndices every(data.cases.size());
    std::iota(every.begin(), every.end(), std::size_t{0});
    DeviceProfile const fitted = fitted_to(data, every, options_.rounds);
    result_.profile = fitted;
    result_.intervals = parameter_intervals(data, every, fitted);
    add_fitted_ranges(data, every, result_.profile);
    result_.rows = static_cast<std::int64_t>(all.size());
    result_.fitted_rows = static_cast<std::int64_t>(seen.size());
    std::vector<HeldOutRow> pooled;
    std::vector<HeldOutRow> const rest = predicted(without(all, seen), fitted, 0);
    for (HoldOutAxis const& axis : hold_out_axes()) {
      auto const rows = each_fold(axis);
      add_sets(axis.by, rows, rows);
      pooled.insert(pooled.end(), rows.begin(), rows.end());
    }
    widen_by_fits(result_.intervals, fold_fits_);
    add_sets("frontier", frontier(), pooled);
    add_sets("rest", rest, pooled);
    add_evidence(pooled);
    add_interval_notes(result_.intervals, result_.profile);
    return std::move(result_);
  }

 private:
  /// Of the profile's fit and of those to each hold-out's rest, the frontier's too.
  static std::size_t all_rounds(TimesOptions const& options) {
    std::size_t const hold_outs = hold_out_axes().size() * options.folds + 1;
    return rounds_of_fit(options.rounds) + hold_outs * rounds_of_fit(options.fold_rounds);
  }

  /// With those of its trials.
  static std::size_t rounds_of_fit(int rounds) {
    auto const more_starts = static_cast<int>(kStarts.size()) - 1;
    return static_cast<std::size_t>(rounds + more_starts * kTrialRounds);
  }

  [[nodiscard]] DeviceProfile fitted_to(CalibrationData const& data, RowIndices const& cases,
                                        int rounds) {
    std::vector<DeviceProfile> starts;
    double floor_ns = data.cases.front().time_ns;
    for (CalibrationCase const& one : data.cases) floor_ns = std::min(floor_ns, one.time_ns);
    for (Start const& begin : kStarts) starts.push_back(start(begin, floor_ns));
    return fit_from_best(data, cases, starts, rounds, [&] { count(1); });
  }

  [[nodiscard]] DeviceProfile start(Start const& begin, double floor_ns) const {
    DeviceProfile profile = device_;
    set_start(profile);
    profile.launch_ns = std::max(profile.launch_ns, begin.floor_share * floor_ns);
    for (KernelProfile& kernel : profile.kernels) {
      // Tables of times do not tell how sharply a foreign kernel's bounds meet.
      kernel.cost.saturation_power = 0;
      if (kernel.op == plan::LaunchOp::decode) kernel.cost.block_ns *= begin.alone_share;
      if (kernel.op != plan::LaunchOp::prefill) continue;
      // set_start() knows our own blocks of kBlockTokens query rows.
      double const share = static_cast<double>(decomposition_.prefill_rows) / plan::kBlockTokens;
      kernel.cost.block_ns *= share;
      kernel.cost.shared_block_ns *= share;
    }
    return profile;
  }

  void expect_enough(plan::Phase phase) const {
    RowIndices all(table_.rows.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    RowIndices const of_this = of_phase(all, phase);
    auto const rows = static_cast<std::int64_t>(of_this.size());
    std::int64_t parameters = 0;
    for (FitParameter const& one : fit_parameters(device_)) {
      parameters += !one.op || plan::op_row(*one.op).phase.value_or(plan::Phase::decode) == phase;
    }
    if (rows == 0 || rows >= 2 * parameters) return;
    throw InputError(fmt::format(
        "{}{} rows of {} (a fit of {} has {} parameters there and needs twice as many rows to "
        "tell them apart) add rows of other batches, contexts and shapes.",
        table_.where(table_.rows[of_this.back()]), rows, plan::to_text(phase), decomposition_.name,
        parameters));
  }

  [[nodiscard]] static RowIndices without(RowIndices const& rows, RowIndices const& out) {
    RowIndices rest;
    std::set_difference(rows.begin(), rows.end(), out.begin(), out.end(), std::back_inserter(rest));
    return rest;
  }

  [[nodiscard]] RowIndices of_phase(RowIndices const& rows, plan::Phase phase) const {
    RowIndices chosen;
    for (std::size_t const i : rows) {
      if (table_.rows[i].phase == phase) chosen.push_back(i);
    }
    return chosen;
  }

  /// Up to `count` of `rows` for each phase.
  [[nodiscard]] RowIndices spread(RowIndices const& rows, std::size_t count) const {
    RowIndices chosen;
    for (plan::Phase const phase : kPhases) {
      auto const part = spread_over_times(table_, of_phase(rows, phase), count);
      chosen.insert(chosen.end(), part.begin(), part.end());
    }
    std::sort(chosen.begin(), chosen.end());
    return chosen;
  }

  /// Rows for a fit.
  [[nodiscard]] RowIndices teaching(RowIndices const& rows, std::size_t count) const {
    RowIndices small;
    for (std::size_t const i : rows) {
      if (tile_count(table_.rows[i], decomposition_) <= kMostFitTiles) small.push_back(i);
    }
    return spread(small, count);
  }

  [[nodiscard]] CalibrationData data_of(RowIndices const& rows) const {
    CalibrationData data{.device = device_};
    data.cases.resize(rows.size());
    parallel_for(rows.size(), [&](std::size_t i) {
      TimedRow const& row = table_.rows[rows[i]];
      try {
        data.cases[i] = times_case(row, device_);
      } catch (InputError const& error) {
        throw InputError(table_.where(row) + error.what());
      }
    });
    return data;
  }

  /// Rounds of a fit that are done, or that are not needed.
  void count(std::size_t rounds) {
    rounds_done_ += rounds;
    progress_.update(rounds_done_);
  }

  [[nodiscard]] DeviceProfile fit_to(RowIndices const& rows) {
    CalibrationData const data = data_of(teaching(rows, options_.fold_rows));
    RowIndices every(data.cases.size());
    std::iota(every.begin(), every.end(), std::size_t{0});
    return fitted_to(data, every, options_.fold_rounds);
  }

  [[nodiscard]] std::vector<HeldOutRow> predicted(RowIndices const& rows,
                                                  DeviceProfile const& profile,
                                                  std::size_t fold) const {
    std::vector<HeldOutRow> result(rows.size());
    parallel_for(rows.size(), [&](std::size_t i) {
      TimedRow const& row = table_.rows[rows[i]];
      double const ns = predict_ns(times_case(row, profile), profile);
      result[i] = {.row = rows[i], .fold = fold, .predicted_ratio = ns / row.time_ns};
    });
    return result;
  }

  /// Phase by phase: the groups of one need not be groups of the other.
  [[nodiscard]] std::vector<HeldOutRow> each_fold(HoldOutAxis const& axis) {
    std::vector<HeldOutRow> result;
    std::array<std::vector<RowIndices>, 2> folds;
    RowIndices all(table_.rows.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    for (plan::Phase const phase : kPhases) {
      folds[static_cast<std::size_t>(phase)] =
          folds_by(table_, of_phase(all, phase), axis, options_.folds);
    }
    for (std::size_t fold = 0; fold < options_.folds; ++fold) {
      RowIndices out;
      for (auto const& of_one : folds) {
        if (of_one.size() < 2 || fold >= of_one.size()) continue;
        out.insert(out.end(), of_one[fold].begin(), of_one[fold].end());
      }
      std::sort(out.begin(), out.end());
      auto const more = left_out(out, all, fold);
      result.insert(result.end(), more.begin(), more.end());
    }
    return result;
  }

  /// Predictions of (a part of) `out` by a fit to the others.
  [[nodiscard]] std::vector<HeldOutRow> left_out(RowIndices const& out, RowIndices const& all,
                                                 std::size_t fold) {
    if (out.empty() || out.size() == all.size()) {
      count(rounds_of_fit(options_.fold_rounds));
      return {};
    }
    DeviceProfile const profile = fit_to(without(all, out));
    fold_fits_.push_back(profile);
    return predicted(spread(out, options_.most_predicted / options_.folds), profile, fold);
  }

  /// Trains on the shorter half of each phase's contexts, tests on the longer.
  [[nodiscard]] std::vector<HeldOutRow> frontier() {
    RowIndices all(table_.rows.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    RowIndices longer;
    for (plan::Phase const phase : kPhases) {
      std::set<std::int32_t> contexts;
      for (std::size_t const i : of_phase(all, phase)) contexts.insert(table_.rows[i].kv_len);
      if (contexts.size() < 2) continue;
      auto const half = static_cast<std::ptrdiff_t>((contexts.size() - 1) / 2);
      std::int32_t const last = *std::next(contexts.begin(), half);
      for (std::size_t const i : of_phase(all, phase)) {
        if (table_.rows[i].kv_len > last) longer.push_back(i);
      }
    }
    std::sort(longer.begin(), longer.end());
    return left_out(longer, all, 0);
  }

  void add_sets(std::string const& by, std::vector<HeldOutRow> const& rows,
                std::vector<HeldOutRow> const& interval_rows) {
    for (plan::Phase const phase : kPhases) {
      for (double const over_ns : {0.0, kLongKernelNs}) {
        HeldOutSet const set = held_out_set(by, phase, over_ns, table_, rows, interval_rows);
        if (set.cases > 0 && std::isfinite(set.coverage_ratio)) {
          result_.profile.held_out.push_back(set);
        }
      }
    }
  }

  void add_evidence(std::vector<HeldOutRow> const& pooled) {
    for (plan::Phase const phase : kPhases) {
      PhaseEvidence& evidence = result_.profile.evidence[static_cast<std::size_t>(phase)];
      std::vector<double> ratios;
      for (HeldOutRow const& one : pooled) {
        if (table_.rows[one.row].phase == phase) ratios.push_back(1 / one.predicted_ratio);
      }
      RatioInterval const interval = conformal_interval(ratios);
      evidence.low_ratio = interval.low;
      evidence.high_ratio = interval.high;
      for (HeldOutSet const& set : result_.profile.held_out) {
        if (set.by != "rest" || set.phase != phase || set.over_ns > 0) continue;
        evidence.mape_ratio = set.mape_ratio;
        evidence.held_out_cases = set.cases;
      }
    }
  }

  TimesTable const& table_;
  TimesOptions const& options_;
  plan::Decomposition const& decomposition_;
  DeviceProfile device_;
  TimesCalibration result_;
  Progress progress_;
  std::size_t rounds_done_ = 0;
  std::vector<DeviceProfile> fold_fits_;
};

std::string made_from(TimesTable const& table) {
  std::string text;
  for (std::string const& path : table.paths) {
    text += (text.empty() ? "" : ", ") + path.substr(path.find_last_of('/') + 1);
  }
  return table.kernel.empty() ? text : text + " (" + table.kernel + ")";
}

}  // namespace

TimesCalibration calibrate_times(TimesTable const& table, DeviceSpec const& spec,
                                 plan::Decomposition const& decomposition,
                                 TimesOptions const& options) {
  expect_plausible(table, spec);
  TimesCalibration calibration = TimesCalibrator(table, spec, decomposition, options).run();
  calibration.profile.made_from = made_from(table);
  return calibration;
}

}  // namespace fluxscope::sim

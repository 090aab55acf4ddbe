#include "sim/calibrate/calibrate.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/parallel_for.hpp"
#include "base/statistics.hpp"
#include "base/terminal/progress.hpp"
#include "sim/calibrate/conformal.hpp"
#include "sim/calibrate/fit.hpp"
#include "sim/calibrate/fit_parameters.hpp"
#include "sim/calibrate/fitted_ranges.hpp"

namespace fluxscope::sim {
namespace {

using Indices = CaseIndices;
using Phases = std::array<plan::Phase, 2>;
constexpr Phases kPhases = {plan::Phase::prefill, plan::Phase::decode};

struct Prediction {
  std::size_t index = 0;
  double predicted_ns = 0;
  std::size_t group = 0;  ///< cases that the same fit did not see
};

std::set<std::int64_t> contexts(CalibrationData const& data, plan::Phase phase) {
  std::set<std::int64_t> values;
  for (CalibrationCase const& measured : data.cases) {
    if (measured.phase == phase) values.insert(measured.kv_len);
  }
  return values;
}

/// Every second context that is neither the first nor the last of its phase.
std::set<std::pair<plan::Phase, std::int64_t>> default_held_out(CalibrationData const& data) {
  std::set<std::pair<plan::Phase, std::int64_t>> held_out;
  for (plan::Phase const phase : kPhases) {
    auto const values = contexts(data, phase);
    std::size_t rank = 0;
    for (std::int64_t const kv_len : values) {
      if (rank % 2 == 1 && rank + 1 < values.size()) held_out.emplace(phase, kv_len);
      ++rank;
    }
  }
  return held_out;
}

/// A fit that the reader of profiles would refuse.
void refuse_unreadable(DeviceProfile const& profile) {
  for (KernelProfile const& kernel : profile.kernels) {
    auto const problem = cost_problem(kernel);
    if (problem.empty()) continue;
    throw InputError("calibrate: " + problem + " give traces with more contexts of this kernel");
  }
}

class Calibrator {
 public:
  Calibrator(CalibrationData const& data, CalibrateOptions const& options)
      : data_(data), options_(options) {}

  Calibration run() {
    split();
    plan_folds();
    begin_progress();
    fit_shipped();
    auto const fixed = predict(held_out_, result_.profile, 0);
    add_errors("fixed held-out contexts", fixed);
    for (Prediction const& one : fixed) {
      CalibrationCase const& measured = data_.cases[one.index];
      result_.held_out.push_back({measured.name, measured.time_ns, one.predicted_ns});
    }
    std::vector<Prediction> within;
    std::vector<Prediction> beyond;
    for (AxisFolds const& axis : folds_) {
      std::vector<Prediction> predictions;
      for (Indices const& out : axis.folds) append(predictions, leave_out(out));
      add_errors(axis.by, predictions);
      append(axis.beyond ? beyond : within, predictions);
    }
    add_evidence(within.empty() ? fixed : within, beyond);
    return std::move(result_);
  }

 private:
  /// What is held out by one axis, fold by fold.
  struct AxisFolds {
    std::string by;
    bool beyond = false;  ///< what the fit sees lies on one side of it, or is of another kind
    std::vector<Indices> folds;
  };

  static void append(std::vector<Prediction>& all, std::vector<Prediction> const& more) {
    all.insert(all.end(), more.begin(), more.end());
  }

  void plan_folds() {
    for (CaseAxis const& axis : case_axes()) {
      AxisFolds all{.by = axis.by, .beyond = axis.by == "shape", .folds = {}};
      std::array<std::vector<Indices>, 2> of_phase;
      for (plan::Phase const phase : kPhases) {
        of_phase[static_cast<std::size_t>(phase)] =
            folds_by(data_, axis, phase, static_cast<std::size_t>(options_.folds));
      }
      // The phases have kernels of their own: a fit can do without a part of each.
      for (std::size_t fold = 0; fold < std::max(of_phase[0].size(), of_phase[1].size()); ++fold) {
        Indices out;
        for (auto const& folds : of_phase) {
          if (fold < folds.size()) out.insert(out.end(), folds[fold].begin(), folds[fold].end());
        }
        std::sort(out.begin(), out.end());
        all.folds.push_back(std::move(out));
      }
      if (!all.folds.empty()) folds_.push_back(std::move(all));
    }
    Indices longer = longer_half();
    if (!longer.empty()) folds_.push_back({"frontier", true, {std::move(longer)}});
  }

  void fit_shipped() {
    DeviceProfile start = data_.device;
    set_start(start);
    result_.profile = fit_to(seen_, start, options_.rounds);
    refuse_unreadable(result_.profile);
    result_.intervals = parameter_intervals(data_, seen_, result_.profile);
    add_fitted_ranges(data_, seen_, result_.profile);
    add_interval_notes(result_.intervals, result_.profile);
    result_.fitted_cases = static_cast<std::int64_t>(seen_.size());
    result_.cases_left_out = data_.cases_left_out;
  }

  /// The work ahead: each round of a fit simulates its cases.
  void begin_progress() {
    std::size_t fold_cases = 0;
    for (AxisFolds const& axis : folds_) {
      for (Indices const& out : axis.folds) fold_cases += rest_of(out).size();
    }
    progress_.emplace("calibrate", "cases to fit",
                      seen_.size() * static_cast<std::size_t>(options_.rounds) +
                          fold_cases * static_cast<std::size_t>(options_.fold_rounds));
  }

  [[nodiscard]] DeviceProfile fit_to(Indices const& cases, DeviceProfile const& start, int rounds) {
    return fit(data_, cases, start, rounds, [&] {
      fitted_ += cases.size();
      progress_->update(fitted_);
    });
  }

  void split() {
    auto const default_set = default_held_out(data_);
    auto const& chosen = options_.held_out_kv_lens;
    for (std::size_t i = 0; i < data_.cases.size(); ++i) {
      CalibrationCase const& measured = data_.cases[i];
      bool const out =
          chosen.empty() ? default_set.contains({measured.phase, measured.kv_len})
                         : std::find(chosen.begin(), chosen.end(), measured.kv_len) != chosen.end();
      (out ? held_out_ : seen_).push_back(i);
    }
    if (seen_.empty()) {
      throw InputError(
          "calibrate: every case is held out (--hold-out names all contexts of the "
          "traces) leave some to the fit");
    }
  }

  [[nodiscard]] std::vector<Prediction> predict(Indices const& cases, DeviceProfile const& profile,
                                                std::size_t group) const {
    std::vector<Prediction> predictions(cases.size());
    parallel_for(cases.size(), [&](std::size_t i) {
      predictions[i] = {cases[i], predict_ns(data_.cases[cases[i]], profile), group};
    });
    return predictions;
  }

  /// What a fit without the cases of `out` sees. Cases of a phase that is whole teach nothing about
  /// the kernels of the other: they stay out.
  [[nodiscard]] Indices rest_of(Indices const& out) const {
    std::set<plan::Phase> phases;
    for (std::size_t const i : out) phases.insert(data_.cases[i].phase);
    Indices rest;
    for (std::size_t i = 0; i < data_.cases.size(); ++i) {
      bool const taught = phases.contains(data_.cases[i].phase);
      if (taught && !std::binary_search(out.begin(), out.end(), i)) rest.push_back(i);
    }
    return rest;
  }

  /// Refits without the cases of `out` and predicts them.
  [[nodiscard]] std::vector<Prediction> leave_out(Indices const& out) {
    Indices const rest = rest_of(out);
    if (rest.empty()) return {};
    return predict(out, fit_to(rest, result_.profile, options_.fold_rounds), ++groups_);
  }

  /// The upper half of each phase's contexts, to be predicted from the lower.
  [[nodiscard]] Indices longer_half() const {
    std::array<std::int64_t, 2> last_short{};
    for (plan::Phase const phase : kPhases) {
      auto const values = contexts(data_, phase);
      if (values.empty()) continue;
      last_short[static_cast<std::size_t>(phase)] =
          *std::next(values.begin(), static_cast<std::ptrdiff_t>((values.size() - 1) / 2));
    }
    Indices longer;
    for (std::size_t i = 0; i < data_.cases.size(); ++i) {
      CalibrationCase const& measured = data_.cases[i];
      if (measured.kv_len > last_short[static_cast<std::size_t>(measured.phase)]) {
        longer.push_back(i);
      }
    }
    return longer;
  }

  /// measured / predicted.
  [[nodiscard]] std::vector<GroupedRatio> ratios_of(std::vector<Prediction> const& predictions,
                                                    plan::Phase phase) const {
    std::vector<GroupedRatio> ratios;
    for (Prediction const& one : predictions) {
      CalibrationCase const& measured = data_.cases[one.index];
      if (measured.phase != phase) continue;
      ratios.push_back({measured.time_ns / one.predicted_ns, one.group});
    }
    return ratios;
  }

  void add_errors(std::string const& by, std::vector<Prediction> const& predictions) {
    for (plan::Phase const phase : kPhases) {
      auto const ratios = ratios_of(predictions, phase);
      if (ratios.empty()) continue;
      auto const n = static_cast<double>(ratios.size());
      HoldOutErrors row{.set = {.by = by,
                                .phase = phase,
                                .cases = static_cast<std::int64_t>(ratios.size()),
                                .coverage_ratio = leave_group_out_coverage(ratios)}};
      std::vector<double> errors;
      for (GroupedRatio const& one : ratios) {
        row.bias_ratio += (1 / one.ratio - 1) / n;
        errors.push_back(std::abs(1 / one.ratio - 1));
      }
      std::sort(errors.begin(), errors.end());
      row.set.mape_ratio = std::accumulate(errors.begin(), errors.end(), 0.0) / n;
      row.set.median_ratio = median(errors);
      row.set.p90_ratio = errors[nearest_rank(0.9, errors.size()) - 1];
      result_.errors.push_back(row);
      if (std::isfinite(row.set.coverage_ratio)) result_.profile.held_out.push_back(row.set);
    }
  }

  void add_evidence(std::vector<Prediction> const& within, std::vector<Prediction> const& beyond) {
    for (plan::Phase const phase : kPhases) {
      PhaseEvidence& evidence = result_.profile.evidence[static_cast<std::size_t>(phase)];
      RatioInterval const interval = group_conformal_interval(ratios_of(within, phase));
      evidence.low_ratio = interval.low;
      evidence.high_ratio = interval.high;
      if (auto const ratios = ratios_of(beyond, phase); !ratios.empty()) {
        RatioInterval const wider = group_conformal_interval(ratios);
        evidence.beyond_low_ratio = std::min(interval.low, wider.low);
        evidence.beyond_high_ratio = std::max(interval.high, wider.high);
      }
      for (HoldOutErrors const& row : result_.errors) {
        if (row.set.phase != phase || row.set.by != "fixed held-out contexts") continue;
        evidence.mape_ratio = row.set.mape_ratio;
        evidence.held_out_cases = row.set.cases;
      }
    }
  }

  CalibrationData const& data_;
  CalibrateOptions const& options_;
  Indices seen_;
  Indices held_out_;
  std::vector<AxisFolds> folds_;
  std::size_t groups_ = 0;
  std::optional<Progress> progress_;
  std::size_t fitted_ = 0;  // cases, once a round
  Calibration result_;
};

}  // namespace

Calibration calibrate(CalibrationData const& data, CalibrateOptions const& options) {
  return Calibrator(data, options).run();
}

}  // namespace fluxscope::sim

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
#include "sim/calibrate/fit.hpp"
#include "sim/calibrate/fit_parameters.hpp"
#include "sim/calibrate/fitted_ranges.hpp"

namespace fluxscope::sim {
namespace {

using Indices = std::vector<std::size_t>;
using Groups = std::map<std::string, Indices>;
using Phases = std::array<plan::Phase, 2>;
constexpr Phases kPhases = {plan::Phase::prefill, plan::Phase::decode};

struct Prediction {
  std::size_t index = 0;
  double predicted_ns = 0;
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
    Groups const contexts = groups_by([](CalibrationCase const& one) {
      return std::to_string(static_cast<int>(one.phase)) + ":" + std::to_string(one.kv_len);
    });
    Groups const shares = groups_by([](CalibrationCase const& one) {
      return std::to_string(one.full_kv_heads) + "/" +
             std::to_string(std::int64_t{one.kv_heads} * one.batch);
    });
    Indices const longer = longer_half();
    begin_progress(taught_by(contexts) + taught_by(shares) + rest_of(longer).size());
    fit_shipped();
    auto const fixed = predict(held_out_, result_.profile);
    add_errors("fixed held-out contexts", fixed);
    for (Prediction const& one : fixed) {
      CalibrationCase const& measured = data_.cases[one.index];
      result_.held_out.push_back({measured.name, measured.time_ns, one.predicted_ns});
    }
    auto const by_context = each_in_turn(contexts);
    add_errors("each context in turn", by_context);
    add_errors("each count of full KV heads in turn", each_in_turn(shares));
    add_errors("train short, test long", leave_out(longer));
    add_evidence(fixed, by_context);
    return std::move(result_);
  }

 private:
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
  void begin_progress(std::size_t fold_cases) {
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

  [[nodiscard]] std::vector<Prediction> predict(Indices const& cases,
                                                DeviceProfile const& profile) const {
    std::vector<Prediction> predictions(cases.size());
    parallel_for(cases.size(), [&](std::size_t i) {
      predictions[i] = {cases[i], predict_ns(data_.cases[cases[i]], profile)};
    });
    return predictions;
  }

  [[nodiscard]] Groups groups_by(
      std::function<std::string(CalibrationCase const&)> const& name_of) const {
    Groups groups;
    for (std::size_t i = 0; i < data_.cases.size(); ++i) {
      groups[name_of(data_.cases[i])].push_back(i);
    }
    if (groups.size() < 2) groups.clear();  // a fit to the others would be to none
    return groups;
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

  [[nodiscard]] std::size_t taught_by(Groups const& groups) const {
    std::size_t cases = 0;
    for (auto const& [name, out] : groups) cases += rest_of(out).size();
    return cases;
  }

  /// Refits without the cases of `out` and predicts them.
  [[nodiscard]] std::vector<Prediction> leave_out(Indices const& out) {
    Indices const rest = rest_of(out);
    if (rest.empty()) return {};
    return predict(out, fit_to(rest, result_.profile, options_.fold_rounds));
  }

  [[nodiscard]] std::vector<Prediction> each_in_turn(Groups const& groups) {
    std::vector<Prediction> predictions;
    for (auto const& [name, out] : groups) {
      auto const more = leave_out(out);
      predictions.insert(predictions.end(), more.begin(), more.end());
    }
    return predictions;
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

  [[nodiscard]] std::vector<double> errors_of(std::vector<Prediction> const& predictions,
                                              plan::Phase phase) const {
    std::vector<double> errors;
    for (Prediction const& one : predictions) {
      CalibrationCase const& measured = data_.cases[one.index];
      if (measured.phase == phase) errors.push_back(one.predicted_ns / measured.time_ns - 1);
    }
    return errors;
  }

  void add_errors(std::string const& name, std::vector<Prediction> const& predictions) {
    for (plan::Phase const phase : kPhases) {
      std::vector<double> errors = errors_of(predictions, phase);
      if (errors.empty()) continue;
      auto const n = static_cast<double>(errors.size());
      HoldOutErrors row{.name = name,
                        .phase = phase,
                        .cases = static_cast<std::int64_t>(errors.size()),
                        .bias_ratio = std::accumulate(errors.begin(), errors.end(), 0.0) / n};
      for (double& error : errors) error = std::abs(error);
      std::sort(errors.begin(), errors.end());
      row.mape_ratio = std::accumulate(errors.begin(), errors.end(), 0.0) / n;
      row.median_ratio = median(errors);
      row.p90_ratio = errors[nearest_rank(0.9, errors.size()) - 1];
      result_.errors.push_back(row);
    }
  }

  void add_evidence(std::vector<Prediction> const& fixed,
                    std::vector<Prediction> const& by_context) {
    for (plan::Phase const phase : kPhases) {
      PhaseEvidence& evidence = result_.profile.evidence[static_cast<std::size_t>(phase)];
      std::vector<double> ratios = errors_of(by_context.empty() ? fixed : by_context, phase);
      for (double& ratio : ratios) ratio = 1 / (1 + ratio);
      RatioInterval const interval = conformal_interval(ratios);
      evidence.low_ratio = interval.low;
      evidence.high_ratio = interval.high;
      for (HoldOutErrors const& row : result_.errors) {
        if (row.phase != phase || row.name != "fixed held-out contexts") continue;
        evidence.mape_ratio = row.mape_ratio;
        evidence.held_out_cases = row.cases;
      }
    }
  }

  CalibrationData const& data_;
  CalibrateOptions const& options_;
  Indices seen_;
  Indices held_out_;
  std::optional<Progress> progress_;
  std::size_t fitted_ = 0;  // cases, once a round
  Calibration result_;
};

}  // namespace

RatioInterval conformal_interval(std::vector<double> ratios) {
  if (ratios.empty()) return {};
  std::sort(ratios.begin(), ratios.end());
  auto const n = static_cast<double>(ratios.size());
  auto const at = [&](double rank) {
    return ratios[static_cast<std::size_t>(std::clamp(rank, 1.0, n)) - 1];
  };
  return {at(std::floor(0.05 * (n + 1))), at(std::ceil(0.95 * (n + 1)))};
}

Calibration calibrate(CalibrationData const& data, CalibrateOptions const& options) {
  return Calibrator(data, options).run();
}

}  // namespace fluxscope::sim

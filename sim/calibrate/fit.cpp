#include "sim/calibrate/fit.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>

#include "base/error.hpp"
#include "base/parallel_for.hpp"
#include "base/statistics.hpp"
#include "sim/calibrate/fit_parameters.hpp"
#include "sim/calibrate/nnls.hpp"
#include "sim/device/layer_times.hpp"

namespace fluxscope::sim {
namespace {

constexpr double kTileWeight = 0.2;   // of a case's tile means together, beside 1 for its time
constexpr double kPull = 0.01;        // of the relative change of each parameter
constexpr double kDifference = 0.01;  // relative step of a derivative
constexpr int kHuberRounds = 8;

/// Values of one case in the order of its residuals: its time, then its tile means.
std::vector<double> values_of(LayerTimes const& times, CalibrationCase const& measured) {
  std::vector<double> values = {static_cast<double>(times.time_ps) / 1e3};
  if (measured.tile_means.empty()) return values;
  struct Sum {
    double ns = 0;
    double count = 0;
  };
  std::map<std::pair<std::uint32_t, std::int32_t>, Sum> sums;
  for (TileMean const& mean : measured.tile_means) {
    sums[{mean.launch_index, mean.visited_blocks}] = {};
  }
  for (std::uint32_t launch = 0; launch < times.launches.size(); ++launch) {
    auto const& spans = times.launches[launch].tiles;
    for (std::size_t i = 0; i < spans.size(); ++i) {
      auto const found =
          sums.find({launch, plan::visited_blocks(measured.work.launches[launch].tiles[i])});
      if (found == sums.end()) continue;
      found->second.ns += static_cast<double>(spans[i].end_ps - spans[i].begin_ps) / 1e3;
      found->second.count += 1;
    }
  }
  for (TileMean const& mean : measured.tile_means) {
    Sum const& sum = sums[{mean.launch_index, mean.visited_blocks}];
    values.push_back(sum.count > 0 ? sum.ns / sum.count : mean.mean_ns);
  }
  return values;
}

Detail detail_for(CalibrationCase const& measured) {
  return measured.tile_means.empty() ? Detail::makespan : Detail::spans;
}

/// What a case shows of a profile in one round: all beginnings are simulated once; where parameters
/// move, one stands for them, shifted by its distance from the mean.
class CaseView {
 public:
  CaseView(CalibrationCase const& measured, DeviceProfile const& profile) : measured_(&measured) {
    auto const times =
        simulate_layer(measured.work, profile, measured.head_dim, detail_for(measured));
    start_ = times.start;
    values_ = values_of(times, measured);
    shift_ns_ = values_[0] - from_start(profile)[0];
  }

  [[nodiscard]] std::vector<double> const& values() const { return values_; }
  [[nodiscard]] std::vector<double> at(DeviceProfile const& moved) const {
    std::vector<double> values = from_start(moved);
    values[0] += shift_ns_;
    return values;
  }

 private:
  [[nodiscard]] std::vector<double> from_start(DeviceProfile const& profile) const {
    return values_of(simulate_layer_from(start_, measured_->work, profile, measured_->head_dim,
                                         detail_for(*measured_)),
                     *measured_);
  }

  CalibrationCase const* measured_;
  std::int32_t start_ = 0;
  double shift_ns_ = 0;
  std::vector<double> values_;
};

bool concerns(FitParameter const& parameter, CalibrationCase const& measured) {
  if (!parameter.op) return true;
  return std::any_of(measured.work.launches.begin(), measured.work.launches.end(),
                     [&](plan::WorkList const& list) { return list.op == *parameter.op; });
}

class Fit {
 public:
  Fit(CalibrationData const& data, std::span<std::size_t const> chosen, DeviceProfile const& start)
      : data_(data),
        chosen_(chosen.begin(), chosen.end()),
        parameters_(fit_parameters(start)),
        profile_(start),
        features_(chosen.size()) {
    DeviceProfile scale = start;
    set_start(scale);
    for (FitParameter const& parameter : parameters_) {
      scale_.push_back(std::max(1e-3, parameter.in(scale)));
      start_.push_back(parameter.in(start));
    }
  }

  void round() {
    find_features();
    double const before = loss(profile_);
    std::vector<double> const target = solve();
    for (double step = 1; step > 0.1; step /= 2) {
      DeviceProfile trial = profile_;
      for (std::size_t j = 0; j < parameters_.size(); ++j) {
        double& value = parameters_[j].in(trial);
        value += step * (target[j] - value);
      }
      if (loss(trial) < before) {
        profile_ = trial;
        return;
      }
    }
  }

  [[nodiscard]] DeviceProfile const& profile() const { return profile_; }

  [[nodiscard]] LinearisedFit linearised() {
    find_features();
    std::vector<double> case_residuals;
    for (Features const& features : features_) case_residuals.push_back(features.base[0] - 1);
    huber_ = threshold(case_residuals);
    LinearisedFit linear;
    for (Features const& features : features_) {
      for (std::size_t v = 0; v < features.base.size(); ++v) {
        double const residual = features.base[v] - 1;
        double const weight = features.weight[v] * robust_weight(residual);
        linear.residuals.push_back(weight * residual);
        for (std::size_t j = 0; j < parameters_.size(); ++j) {
          linear.slopes.push_back(weight * features.slopes[v * parameters_.size() + j] / scale_[j]);
        }
      }
    }
    return linear;
  }

 private:
  /// One case's residual rows, each divided by its measured value: predicted / measured.
  struct Features {
    std::vector<double> base;    // [values], at the present parameters
    std::vector<double> slopes;  // [values, parameters], per parameter / scale
    std::vector<double> weight;  // [values]
  };

  void find_features() {
    views_.clear();
    views_.resize(chosen_.size());
    parallel_for(chosen_.size(), [&](std::size_t i) {
      views_[i].emplace(data_.cases[chosen_[i]], profile_);
      features_[i] = features_of(i);
    });
  }

  /// Of a residual in least squares, by Huber's loss.
  [[nodiscard]] double robust_weight(double residual) const {
    return std::sqrt(std::min(1.0, huber_ / std::max(1e-12, std::abs(residual))));
  }

  static std::vector<double> ratios(CalibrationCase const& measured, std::vector<double> values) {
    values[0] /= measured.time_ns;
    for (std::size_t i = 0; i < measured.tile_means.size(); ++i) {
      values[i + 1] /= measured.tile_means[i].mean_ns;
    }
    return values;
  }

  /// Of another program's kernels only times of cases are known, no tile means: times end at kinks,
  /// where a slope to one side leads nowhere, so theirs are to both sides.
  [[nodiscard]] bool foreign() const { return !profile_.decomposition.empty(); }

  [[nodiscard]] Features features_of(std::size_t chosen) const {
    CalibrationCase const& measured = data_.cases[chosen_[chosen]];
    CaseView const& view = *views_[chosen];
    Features features{.base = ratios(measured, view.values())};
    std::size_t const values = features.base.size();
    features.weight.assign(values, 1);
    for (std::size_t v = 1; v < values; ++v) {
      features.weight[v] = kTileWeight / std::sqrt(static_cast<double>(values - 1));
    }
    features.slopes.assign(values * parameters_.size(), 0);
    for (std::size_t j = 0; j < parameters_.size(); ++j) {
      if (!concerns(parameters_[j], measured)) continue;
      DeviceProfile moved = profile_;
      double& value = parameters_[j].in(moved);
      double const step = kDifference * std::max(value, 0.1 * scale_[j]);
      value += step;
      auto const there = ratios(measured, view.at(moved));
      double const back = foreign() ? std::min(step, parameters_[j].in(profile_)) : 0;
      parameters_[j].in(moved) -= step + back;
      auto const here = back > 0 ? ratios(measured, view.at(moved)) : features.base;
      for (std::size_t v = 0; v < values; ++v) {
        features.slopes[v * parameters_.size() + j] =
            (there[v] - here[v]) / (step + back) * scale_[j];
      }
    }
    return features;
  }

  /// Huber's threshold from the median absolute residual of the cases' times.
  static double threshold(std::vector<double> residuals) {
    for (double& residual : residuals) residual = std::abs(residual);
    return std::max(0.01, 1.345 * median(residuals) / 0.6745);
  }

  [[nodiscard]] double loss(DeviceProfile const& profile) const {
    std::vector<double> losses(chosen_.size());
    parallel_for(chosen_.size(), [&](std::size_t i) {
      auto const values = ratios(data_.cases[chosen_[i]], views_[i]->at(profile));
      for (std::size_t v = 0; v < values.size(); ++v) {
        double const residual = std::abs(values[v] - 1);
        double const weight =
            v == 0 ? 1 : kTileWeight * kTileWeight / static_cast<double>(values.size() - 1);
        double const huber =
            residual <= huber_ ? 0.5 * residual * residual : huber_ * (residual - 0.5 * huber_);
        losses[i] += weight * huber;
      }
    });
    double sum = 0;
    for (double const value : losses) sum += value;
    return sum;
  }

  /// The parameters that minimise the linearised loss: Huber by reweighted least squares.
  [[nodiscard]] std::vector<double> solve() {
    std::size_t const n = parameters_.size();
    std::vector<double> present(n);
    for (std::size_t j = 0; j < n; ++j) present[j] = parameters_[j].in(profile_) / scale_[j];
    std::vector<double> solution = present;
    for (int round = 0; round < kHuberRounds; ++round) {
      std::vector<double> a;
      std::vector<double> b;
      std::vector<double> case_residuals;
      for (Features const& features : features_) {
        for (std::size_t v = 0; v < features.base.size(); ++v) {
          double const* slopes = features.slopes.data() + v * n;
          double at_present = 0;
          double at_solution = 0;
          for (std::size_t j = 0; j < n; ++j) {
            at_present += slopes[j] * present[j];
            at_solution += slopes[j] * solution[j];
          }
          double const residual = features.base[v] + at_solution - at_present - 1;
          if (v == 0) case_residuals.push_back(residual);
          double const weight = features.weight[v] * robust_weight(residual);
          for (std::size_t j = 0; j < n; ++j) a.push_back(weight * slopes[j]);
          b.push_back(weight * (1 - features.base[v] + at_present));
        }
      }
      add_pull(present, a, b);
      solution = solve_nnls(a, b, n);
      huber_ = threshold(case_residuals);
    }
    for (std::size_t j = 0; j < n; ++j) solution[j] *= scale_[j];
    return solution;
  }

  /// To the start; of another program's kernels to where the fit is. Their launch_ns is the floor
  /// of a framework, ten times what set_start() says: a pull there was seen to cost it a fifth.
  void add_pull(std::vector<double> const& present, std::vector<double>& a,
                std::vector<double>& b) const {
    std::size_t const n = parameters_.size();
    for (std::size_t j = 0; j < n; ++j) {
      a.insert(a.end(), n, 0);
      a[a.size() - n + j] = kPull;
      b.push_back(kPull * (foreign() ? present[j] : start_[j] / scale_[j]));
    }
  }

  CalibrationData const& data_;
  std::vector<std::size_t> chosen_;
  std::vector<FitParameter> parameters_;
  DeviceProfile profile_;
  std::vector<std::optional<CaseView>> views_;  // [chosen], of this round's profile
  std::vector<Features> features_;              // [chosen]
  std::vector<double> scale_;                   // [parameters]
  std::vector<double> start_;                   // [parameters]
  double huber_ = 0.1;
};

/// Mean |predicted / measured - 1|.
double mean_error(CalibrationData const& data, std::span<std::size_t const> chosen,
                  DeviceProfile const& profile) {
  std::vector<double> errors(chosen.size());
  parallel_for(chosen.size(), [&](std::size_t i) {
    CalibrationCase const& measured = data.cases[chosen[i]];
    errors[i] = std::abs(predict_ns(measured, profile) / measured.time_ns - 1);
  });
  return std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
}

}  // namespace

double predict_ns(CalibrationCase const& measured, DeviceProfile const& profile) {
  auto const times = simulate_layer(measured.work, profile, measured.head_dim, Detail::makespan);
  return static_cast<double>(times.time_ps) / 1e3;
}

LinearisedFit linearised(CalibrationData const& data, std::span<std::size_t const> chosen,
                         DeviceProfile const& profile) {
  return Fit(data, chosen, profile).linearised();
}

DeviceProfile fit_from_best(CalibrationData const& data, std::span<std::size_t const> chosen,
                            std::span<DeviceProfile const> starts, int rounds,
                            std::function<void()> const& after_round) {
  expects(!starts.empty() && rounds >= kTrialRounds, "a fit has a start and rounds for a trial");
  std::optional<DeviceProfile> best;
  double least = 0;
  for (DeviceProfile const& start : starts) {
    DeviceProfile const trial = fit(data, chosen, start, kTrialRounds, after_round);
    double const error = mean_error(data, chosen, trial);
    if (best && error >= least) continue;
    best = trial;
    least = error;
  }
  return fit(data, chosen, *best, rounds - kTrialRounds, after_round);
}

DeviceProfile fit(CalibrationData const& data, std::span<std::size_t const> chosen,
                  DeviceProfile const& start, int rounds,
                  std::function<void()> const& after_round) {
  Fit run(data, chosen, start);
  for (int i = 0; i < rounds; ++i) {
    run.round();
    if (after_round) after_round();
  }
  return run.profile();
}

}  // namespace fluxscope::sim

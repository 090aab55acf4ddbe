#include "sim/calibrate/intervals.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/terminal/number_text.hpp"
#include "base/terminal/text_table.hpp"
#include "sim/calibrate/fit.hpp"
#include "sim/calibrate/fit_parameters.hpp"

namespace fluxscope::sim {
namespace {

constexpr double kNormal90 = 1.645;  // two-sided 90 % of a normal distribution

/// (J'WJ)^-1 over columns of unit length; directions that the rows do not tell get a variance that
/// no value survives.
Eigen::MatrixXd inverse(Eigen::MatrixXd const& gram) {
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> const solver(gram);
  Eigen::VectorXd const values = solver.eigenvalues().cwiseMax(1e-12);
  return solver.eigenvectors() * values.cwiseInverse().asDiagonal() *
         solver.eigenvectors().transpose();
}

ParameterStanding standing_of(ParameterInterval const& one) {
  if (one.value_ns <= 0) return ParameterStanding::at_bound;
  double const reach = std::max(one.high_ns - one.value_ns, one.value_ns - one.low_ns);
  bool const wide = reach > one.value_ns || one.low_ns <= 0;
  return wide ? ParameterStanding::undetermined : ParameterStanding::determined;
}

}  // namespace

std::vector<ParameterInterval> parameter_intervals(CalibrationData const& data,
                                                   std::span<std::size_t const> chosen,
                                                   DeviceProfile const& profile) {
  auto const parameters = fit_parameters(profile);
  LinearisedFit const linear = linearised(data, chosen, profile);
  auto const n = static_cast<Eigen::Index>(parameters.size());
  auto const rows = static_cast<Eigen::Index>(linear.residuals.size());
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Matrix const slopes = Eigen::Map<Matrix const>(linear.slopes.data(), rows, n);
  Eigen::VectorXd const residuals =
      Eigen::Map<Eigen::VectorXd const>(linear.residuals.data(), rows);
  std::vector<ParameterInterval> intervals;
  std::vector<Eigen::Index> used;
  for (Eigen::Index j = 0; j < n; ++j) {
    FitParameter const& parameter = parameters[static_cast<std::size_t>(j)];
    double const value = parameter.in(profile);
    intervals.push_back({parameter.name, value, value, value, ParameterStanding::unused});
    if (slopes.col(j).norm() > 0) used.push_back(j);
  }
  auto const count = static_cast<Eigen::Index>(used.size());
  if (count == 0) return intervals;
  Eigen::MatrixXd scaled(rows, count);
  for (Eigen::Index i = 0; i < count; ++i) {
    scaled.col(i) = slopes.col(used[static_cast<std::size_t>(i)]).normalized();
  }
  Eigen::MatrixXd const covariance = inverse(scaled.transpose() * scaled);
  auto const freedom = static_cast<double>(std::max<Eigen::Index>(1, rows - count));
  double const deviation = std::sqrt(residuals.squaredNorm() / freedom);
  for (Eigen::Index i = 0; i < count; ++i) {
    Eigen::Index const j = used[static_cast<std::size_t>(i)];
    double const error = deviation * std::sqrt(covariance(i, i)) / slopes.col(j).norm();
    ParameterInterval& one = intervals[static_cast<std::size_t>(j)];
    one.low_ns = std::max(0.0, one.value_ns - kNormal90 * error);
    one.high_ns = one.value_ns + kNormal90 * error;
    one.standing = standing_of(one);
  }
  return intervals;
}

void widen_by_fits(std::vector<ParameterInterval>& intervals, std::span<DeviceProfile const> fits) {
  for (DeviceProfile const& profile : fits) {
    auto const parameters = fit_parameters(profile);
    expects(parameters.size() == intervals.size(), "fits of one set of kernels");
    for (std::size_t j = 0; j < parameters.size(); ++j) {
      ParameterInterval& one = intervals[j];
      if (one.standing == ParameterStanding::unused) continue;
      one.low_ns = std::min(one.low_ns, parameters[j].in(profile));
      one.high_ns = std::max(one.high_ns, parameters[j].in(profile));
    }
  }
  for (ParameterInterval& one : intervals) {
    if (one.standing != ParameterStanding::unused) one.standing = standing_of(one);
  }
}

void add_interval_notes(std::vector<ParameterInterval> const& intervals, DeviceProfile& profile) {
  for (ParameterInterval const& one : intervals) profile.notes[one.name] = interval_text(one);
}

std::string intervals_text(std::vector<ParameterInterval> const& intervals) {
  TextTable parameters({"parameter", "ns", "90 % interval"});
  for (ParameterInterval const& one : intervals) {
    parameters.add({one.name, number_text("{:.4g}", one.value_ns), interval_text(one)});
  }
  return parameters.text();
}

std::string interval_text(ParameterInterval const& interval) {
  auto const ns = [](double value) { return number_text("{:.4g}", value); };
  constexpr double kLongestNs = 1e6;  // far beyond what any of them costs
  bool const endless = interval.high_ns > kLongestNs;
  switch (interval.standing) {
    case ParameterStanding::determined:
      return ns(interval.low_ns) + " to " + ns(interval.high_ns);
    case ParameterStanding::at_bound:
      return endless ? "at its bound" : "at its bound, up to " + ns(interval.high_ns);
    case ParameterStanding::undetermined:
      if (endless) return "not determined";
      return "not determined, " + ns(interval.low_ns) + " to " + ns(interval.high_ns);
    case ParameterStanding::unused:
      break;
  }
  return "no case depends on it";
}

}  // namespace fluxscope::sim

#include "analysis/measure/robust_fit.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace fluxscope::analysis {
namespace {

constexpr int kSteps = 40;
constexpr double kDifference = 1e-5;  // of a logarithm
constexpr double kEnough = 1e-9;      // relative decrease of the loss at which to stop
constexpr double kLargestStep = 0.7;  // of a logarithm: a factor of two
constexpr double kMostDamping = 1e10;

using Vector = std::vector<double>;

double loss_of(Vector const& residuals, double scale) {
  double sum = 0;
  for (double r : residuals) sum += std::log1p(r / scale * (r / scale));
  return sum * scale * scale;
}

/// Solves the symmetric positive definite `matrix` [n][n] x = right by elimination, in place.
Vector solved(std::vector<Vector> matrix, Vector right) {
  std::size_t const n = right.size();
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = k + 1; i < n; ++i) {
      double const factor = matrix[i][k] / matrix[k][k];
      for (std::size_t j = k; j < n; ++j) matrix[i][j] -= factor * matrix[k][j];
      right[i] -= factor * right[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j) right[k] -= matrix[k][j] * right[j];
    right[k] /= matrix[k][k];
  }
  return right;
}

class Search {
 public:
  Search(Residuals const& residuals, Vector start, std::span<PositiveRange const> ranges)
      : residuals_(residuals), ranges_(ranges), logs_(std::move(start)) {
    for (double& value : logs_) value = std::log(value);
    clamp(logs_);
    at_logs_ = at(logs_);
  }

  void minimize(double scale) {
    double loss = loss_of(at_logs_, scale);
    double damping = 1e-3;
    for (int step = 0; step < kSteps && damping < kMostDamping; ++step) {
      linearize(scale);
      bool better = false;
      double decrease = 0;
      while (!better && damping < kMostDamping) {
        Vector const candidate = moved(damping);
        Vector const residuals = at(candidate);
        double const candidate_loss = loss_of(residuals, scale);
        better = candidate_loss < loss;
        damping *= better ? 0.2 : 5;
        if (!better) continue;
        decrease = (loss - candidate_loss) / loss;
        logs_ = candidate;
        at_logs_ = residuals;
        loss = candidate_loss;
      }
      if (decrease < kEnough) break;
    }
  }

  [[nodiscard]] Vector parameters() const { return exponentials(logs_); }

 private:
  static Vector exponentials(Vector values) {
    for (double& value : values) value = std::exp(value);
    return values;
  }

  [[nodiscard]] Vector at(Vector const& logs) const { return residuals_(exponentials(logs)); }

  void clamp(Vector& logs) const {
    for (std::size_t k = 0; k < logs.size(); ++k) {
      logs[k] = std::clamp(logs[k], std::log(ranges_[k].low), std::log(ranges_[k].high));
    }
  }

  /// Normal equations of the residuals, each with the weight of its loss.
  void linearize(double scale) {
    std::size_t const n = logs_.size();
    std::vector<Vector> slopes(n);
    for (std::size_t k = 0; k < n; ++k) {
      auto beside = logs_;
      beside[k] += kDifference;
      slopes[k] = at(beside);
      for (std::size_t i = 0; i < at_logs_.size(); ++i) {
        slopes[k][i] = (slopes[k][i] - at_logs_[i]) / kDifference;
      }
    }
    normal_.assign(n, Vector(n, 0));
    downhill_.assign(n, 0);
    for (std::size_t i = 0; i < at_logs_.size(); ++i) {
      double const weight = 1 / (1 + at_logs_[i] / scale * (at_logs_[i] / scale));
      for (std::size_t k = 0; k < n; ++k) {
        downhill_[k] -= weight * slopes[k][i] * at_logs_[i];
        for (std::size_t l = 0; l < n; ++l) normal_[k][l] += weight * slopes[k][i] * slopes[l][i];
      }
    }
  }

  [[nodiscard]] Vector moved(double damping) const {
    auto matrix = normal_;
    double trace = 0;
    for (std::size_t k = 0; k < matrix.size(); ++k) trace += matrix[k][k];
    for (std::size_t k = 0; k < matrix.size(); ++k) {
      matrix[k][k] += damping * (matrix[k][k] + 1e-3 * trace) + 1e-30;
    }
    auto const step = solved(std::move(matrix), downhill_);
    auto logs = logs_;
    for (std::size_t k = 0; k < logs.size(); ++k) {
      logs[k] += std::clamp(step[k], -kLargestStep, kLargestStep);
    }
    clamp(logs);
    return logs;
  }

  Residuals const& residuals_;
  std::span<PositiveRange const> ranges_;
  Vector logs_;
  Vector at_logs_;
  std::vector<Vector> normal_;
  Vector downhill_;
};

}  // namespace

std::vector<double> robust_fit(Residuals const& residuals, std::vector<double> start,
                               std::span<PositiveRange const> ranges,
                               std::span<double const> scales) {
  expects(start.size() == ranges.size(), "one range per parameter");
  for (std::size_t k = 0; k < start.size(); ++k) {
    expects(start[k] > 0 && ranges[k].low > 0 && ranges[k].high >= ranges[k].low,
            "parameters of a fit are positive");
  }
  Search search(residuals, std::move(start), ranges);
  for (double scale : scales) search.minimize(scale);
  return search.parameters();
}

}  // namespace fluxscope::analysis

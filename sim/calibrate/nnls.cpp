#include "sim/calibrate/nnls.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace fluxscope::sim {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Least squares over the columns of `free`; the others are 0.
Eigen::VectorXd solve_free(Eigen::MatrixXd const& gram, Eigen::VectorXd const& moment,
                           std::vector<Eigen::Index> const& free) {
  auto const n = static_cast<Eigen::Index>(free.size());
  Eigen::MatrixXd part(n, n);
  Eigen::VectorXd right(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    right(i) = moment(free[static_cast<std::size_t>(i)]);
    for (Eigen::Index j = 0; j < n; ++j) {
      part(i, j) = gram(free[static_cast<std::size_t>(i)], free[static_cast<std::size_t>(j)]);
    }
  }
  Eigen::VectorXd const solved = part.completeOrthogonalDecomposition().solve(right);
  Eigen::VectorXd x = Eigen::VectorXd::Zero(gram.rows());
  for (Eigen::Index i = 0; i < n; ++i) x(free[static_cast<std::size_t>(i)]) = solved(i);
  return x;
}

/// Moves x towards `target` until the first free column reaches 0, and frees those columns.
void step_to_boundary(Eigen::VectorXd& x, Eigen::VectorXd const& target,
                      std::vector<Eigen::Index>& free) {
  double step = 1;
  for (Eigen::Index const j : free) {
    if (target(j) <= 0) step = std::min(step, x(j) / (x(j) - target(j)));
  }
  x += step * (target - x);
  std::erase_if(free, [&](Eigen::Index j) {
    bool const at_zero = x(j) <= 1e-14 * x.cwiseAbs().maxCoeff() || x(j) <= 0;
    if (at_zero) x(j) = 0;
    return at_zero;
  });
}

}  // namespace

std::vector<double> solve_nnls(std::span<double const> a, std::span<double const> b,
                               std::size_t columns) {
  expects(columns >= 1 && a.size() == b.size() * columns, "a has b's rows and `columns` columns");
  auto const finite = [](double value) { return std::isfinite(value); };
  expects(std::all_of(a.begin(), a.end(), finite) && std::all_of(b.begin(), b.end(), finite),
          "least squares of finite numbers");
  auto const n = static_cast<Eigen::Index>(columns);
  Eigen::Map<Matrix const> const matrix(a.data(), static_cast<Eigen::Index>(b.size()), n);
  Eigen::Map<Eigen::VectorXd const> const right(b.data(), static_cast<Eigen::Index>(b.size()));
  Eigen::MatrixXd const gram = matrix.transpose() * matrix;
  Eigen::VectorXd const moment = matrix.transpose() * right;
  double const tolerance = 1e-10 * std::max(1e-300, moment.cwiseAbs().maxCoeff());

  Eigen::VectorXd x = Eigen::VectorXd::Zero(n);
  std::vector<Eigen::Index> free;
  for (Eigen::Index round = 0; round < 10 * n; ++round) {
    Eigen::VectorXd const gradient = moment - gram * x;
    Eigen::Index best = -1;
    for (Eigen::Index j = 0; j < n; ++j) {
      if (std::find(free.begin(), free.end(), j) != free.end()) continue;
      if (gradient(j) > tolerance && (best < 0 || gradient(j) > gradient(best))) best = j;
    }
    if (best < 0) break;
    free.push_back(best);
    Eigen::VectorXd target = solve_free(gram, moment, free);
    while (std::any_of(free.begin(), free.end(), [&](Eigen::Index j) { return target(j) <= 0; })) {
      step_to_boundary(x, target, free);
      target = solve_free(gram, moment, free);
    }
    x = target;
  }
  return {x.data(), x.data() + x.size()};
}

}  // namespace fluxscope::sim

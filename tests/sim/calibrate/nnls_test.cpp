#include "sim/calibrate/nnls.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.hpp"
#include "base/random.hpp"
#include "tests/close.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::all_close;

TEST(Nnls, SolvesAnExactNonNegativeSystem) {
  // Rows (1,0), (0,1), (1,1) with right-hand sides of x = (2, 3).
  std::vector<double> const a = {1, 0, 0, 1, 1, 1};
  std::vector<double> const b = {2, 3, 5};

  EXPECT_TRUE(all_close(solve_nnls(a, b, 2), std::vector{2.0, 3.0}, {.absolute = 1e-12}));
}

TEST(Nnls, HoldsAColumnAtZeroThatWantsToBeNegative) {
  // Unconstrained: x = (3, -1). With x1 = 0 the best x0 of (x0 - 3)^2 + (x0 - 2)^2 is 2.5.
  std::vector<double> const a = {1, 0, 1, 1};
  std::vector<double> const b = {3, 2};

  EXPECT_TRUE(all_close(solve_nnls(a, b, 2), std::vector{2.5, 0.0}, {.absolute = 1e-12}));
}

TEST(Nnls, MeetsTheOptimalityConditionsOnRandomProblems) {
  Random random(7);
  for (int problem = 0; problem < 50; ++problem) {
    std::size_t const columns = 1 + random.below(8);
    std::size_t const rows = columns + random.below(20);
    std::vector<double> a(rows * columns);
    std::vector<double> b(rows);
    for (double& value : a) value = random.unit() - 0.4;
    for (double& value : b) value = random.unit() - 0.3;

    auto const x = solve_nnls(a, b, columns);

    for (std::size_t j = 0; j < columns; ++j) {
      double gradient = 0;  // of half the squared norm
      for (std::size_t i = 0; i < rows; ++i) {
        double residual = -b[i];
        for (std::size_t k = 0; k < columns; ++k) residual += a[i * columns + k] * x[k];
        gradient += a[i * columns + j] * residual;
      }
      EXPECT_GE(x[j], 0);
      EXPECT_GE(gradient, -1e-8) << "a smaller error was possible along column " << j;
      if (x[j] > 0) {
        EXPECT_LE(gradient, 1e-8);
      }
    }
  }
}

TEST(Nnls, GivesDependentColumnsAFiniteSolution) {
  std::vector<double> const a = {1, 1, 2, 2};
  std::vector<double> const b = {2, 4};

  auto const x = solve_nnls(a, b, 2);

  EXPECT_NEAR(x[0] + x[1], 2, 1e-9);
}

TEST(Nnls, RefusesNumbersThatAreNotFinite) {
  std::vector<double> const a = {1, std::numeric_limits<double>::quiet_NaN()};

  EXPECT_THROW((void)solve_nnls(a, std::vector{1.0}, 2), ContractError);
}

}  // namespace
}  // namespace fluxscope::sim

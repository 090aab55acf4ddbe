#include "analysis/measure/robust_fit.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "base/error.hpp"
#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;

constexpr std::array kRanges = {PositiveRange{1e-3, 1e3}, PositiveRange{1e-3, 1e3}};

TEST(RobustFit, FindsTheCurveThatMadeThePoints) {
  // y = a x^k through exact points: residuals of logarithms.
  auto const residuals = [](std::span<double const> p) {
    std::vector<double> r;
    for (double x : {1.0, 2.0, 5.0, 9.0}) {
      r.push_back(std::log(p[0] * std::pow(x, p[1])) - std::log(3 * std::pow(x, 0.7)));
    }
    return r;
  };

  auto const fit = robust_fit(residuals, {1, 1}, kRanges, std::array{0.3, 0.03});

  EXPECT_TRUE(close(fit[0], 3, {0, 1e-5}));
  EXPECT_TRUE(close(fit[1], 0.7, {0, 1e-5}));
}

TEST(RobustFit, OneWildPointDoesNotPullTheLevel) {
  // Least squares would answer exp(mean) = exp(0.4); the median of the points is 2.
  auto const residuals = [](std::span<double const> p) {
    std::vector<double> r(9, std::log(p[0] / 2));
    r.push_back(std::log(p[0] / 200));
    return r;
  };

  auto const fit = robust_fit(residuals, {5}, std::span(kRanges).first(1), std::array{0.3, 0.03});

  EXPECT_TRUE(close(fit[0], 2, {0, 1e-3}));
}

TEST(RobustFit, ParametersStayInTheirRange) {
  auto const residuals = [](std::span<double const> p) {
    return std::vector<double>{std::log(p[0] / 1e9)};
  };

  auto const fit = robust_fit(residuals, {5}, std::span(kRanges).first(1), std::array{0.3});

  EXPECT_TRUE(close(fit[0], 1e3, {0, 1e-9}));
}

TEST(RobustFit, StartAndRangesMustMatch) {
  auto const residuals = [](std::span<double const>) { return std::vector<double>{0}; };

  EXPECT_THROW((void)robust_fit(residuals, {1}, kRanges, std::array{0.3}), ContractError);
  EXPECT_THROW((void)robust_fit(residuals, {1, 0}, kRanges, std::array{0.3}), ContractError);
}

}  // namespace
}  // namespace fluxscope::analysis

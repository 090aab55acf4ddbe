#pragma once
// The one comparison of floating-point results in the tests. A NaN never passes.

#include <gtest/gtest.h>

#include <cmath>
#include <span>

namespace fluxscope::testing {

/// State where a tolerance comes from beside its use.
struct Tolerance {
  double absolute = 0;
  double relative = 0;
};

/// |got - want| <= absolute + relative * |want|. An infinity is matched only by itself.
[[nodiscard]] inline ::testing::AssertionResult close(double got, double want, Tolerance tol) {
  bool const ok = std::isfinite(want)
                      ? std::abs(got - want) <= tol.absolute + tol.relative * std::abs(want)
                      : got == want;
  if (ok) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "got " << got << ", want " << want;
}

/// close() for every element; the failure names the first that differs.
template <class Got, class Want>
[[nodiscard]] ::testing::AssertionResult all_close(Got const& got, Want const& want,
                                                   Tolerance tol) {
  if (std::size(got) != std::size(want)) {
    return ::testing::AssertionFailure() << std::size(got) << " elements, want " << std::size(want);
  }
  for (std::size_t i = 0; i < std::size(got); ++i) {
    auto const result = close(static_cast<double>(got[i]), static_cast<double>(want[i]), tol);
    if (!result)
      return ::testing::AssertionFailure() << "element " << i << ": " << result.message();
  }
  return ::testing::AssertionSuccess();
}

}  // namespace fluxscope::testing

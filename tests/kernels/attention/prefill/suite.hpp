#pragma once
// A test for every prefill kernel.

#include <gtest/gtest.h>

#include <string>

#include "plan/layer/names.hpp"
#include "tests/kernels/attention/prefill/problem.hpp"
#include "tests/kernels/support/obstacle.hpp"

namespace fluxscope::testing {

inline constexpr plan::PrefillKernel kPrefillKernels[] = {plan::PrefillKernel::prefill_mma,
                                                          plan::PrefillKernel::prefill_wgmma};

[[nodiscard]] inline std::string kernel_name(
    ::testing::TestParamInfo<plan::PrefillKernel> const& one) {
  return plan::to_text(one.param);
}

/// Skipped where the GPU does not run the kernel.
class PrefillSuite : public ::testing::TestWithParam<plan::PrefillKernel> {
 protected:
  void SetUp() override {
    if (auto const* reason = obstacle(GetParam())) GTEST_SKIP() << reason;
  }

  [[nodiscard]] static PrefillProblem problem(PrefillSetup const& setup,
                                              PrefillSelection const& selection) {
    return {setup, selection, prefill_launcher(GetParam())};
  }
};

/// A ragged batch of which some rows read nothing.
class PrefillBatch : public PrefillSuite {
 protected:
  PrefillSetup setup_{.q_heads = 8, .sequences = {{900, 900}, {100, 700}, {400, 512}}, .seed = 5};
  PrefillSelection selection_ = thinned(full_selection(setup_), 0.3, 3);
};

}  // namespace fluxscope::testing

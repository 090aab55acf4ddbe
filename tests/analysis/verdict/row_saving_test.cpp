#include "analysis/verdict/row_saving.hpp"

#include <gtest/gtest.h>

#include "tests/close.hpp"

namespace fluxscope::analysis {
namespace {

using testing::close;

CaseMeasure layer(double window_ns, double level_ns, double u_ns) {
  CaseMeasure measure;
  measure.attention.resize(1);
  measure.attention[0].window_ns = window_ns;
  measure.attention[0].level = {level_ns, u_ns, true, {}};
  return measure;
}

CaseBudget budget_of(double attention_ns) {
  CaseBudget budget;
  budget.attention_ns = attention_ns;
  budget.known = true;
  return budget;
}

TEST(RowSaving, SharesOfTheProbedWindowsApplyToTheCleanTime) {
  RowSaving sum;

  // Probed 1000 ns, clean 900: saves 10 % of 900; then half of 400.
  add_layer(sum, layer(1000, 900, 20), budget_of(900));
  add_layer(sum, layer(500, 250, 50), budget_of(400));

  EXPECT_TRUE(close(sum.saving_ns.value(), 90 + 200, {1e-12, 0}));
  EXPECT_TRUE(close(sum.u_ns, 18 + 40, {1e-12, 0}));
}

TEST(RowSaving, OneOpenLayerLeavesTheRowOpen) {
  RowSaving sum;
  CaseMeasure open;
  open.reason = "no launch of this case was probed";
  CaseBudget unknown;
  unknown.reason = open.reason;

  add_layer(sum, layer(1000, 900, 20), budget_of(900));
  add_layer(sum, open, unknown);
  add_layer(sum, layer(1000, 900, 20), budget_of(900));

  EXPECT_FALSE(sum.saving_ns.has_value());
  EXPECT_EQ(sum.reason, open.reason);
}

}  // namespace
}  // namespace fluxscope::analysis

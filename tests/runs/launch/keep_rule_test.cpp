#include "runs/launch/keep_rule.hpp"

#include <gtest/gtest.h>

namespace fluxscope::runs {
namespace {

TEST(KeepRule, TheGridDecidesCtaRowsAndTheWarpsDecideWarpRows) {
  plan::MeasureSettings const settings{.keep_cta_rows = 100, .keep_warp_rows = 400};

  // 100 CTAs of 128 threads are 400 warps.
  EXPECT_TRUE(keep_rule(settings, 4096, 100, 128).ctas);
  EXPECT_TRUE(keep_rule(settings, 4096, 100, 128).warps);
  EXPECT_FALSE(keep_rule(settings, 4096, 101, 32).ctas);
  EXPECT_TRUE(keep_rule(settings, 4096, 101, 32).warps);
  EXPECT_FALSE(keep_rule(settings, 4096, 100, 160).warps);
}

TEST(KeepRule, OnlyTheNamedContextsKeepRows) {
  plan::MeasureSettings const settings{.keep_contexts = {4096, 65536}};

  EXPECT_TRUE(keep_rule(settings, 65536, 1, 32).ctas);
  EXPECT_FALSE(keep_rule(settings, 8192, 1, 32).ctas);
  EXPECT_FALSE(keep_rule(settings, 8192, 1, 32).warps);
}

}  // namespace
}  // namespace fluxscope::runs

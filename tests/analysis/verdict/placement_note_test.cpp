#include "analysis/verdict/placement_note.hpp"

#include <gtest/gtest.h>

#include "analysis/verdict/verdict.hpp"

namespace fluxscope::analysis {
namespace {

VerdictRow row(char const* phase, char const* execution, char const* scheduler) {
  VerdictRow row;
  row.row.phase = phase;
  row.row.execution = execution;
  row.row.scheduler = scheduler;
  return row;
}

TEST(PlacementNote, OrdersOfFusedDecodeThatPutLongCtasFirstDependOnPlacement) {
  EXPECT_TRUE(time_depends_on_placement(row("decode", "fused", "longest_first").row));
  EXPECT_TRUE(time_depends_on_placement(row("decode", "fused", "persistent").row));
  EXPECT_FALSE(time_depends_on_placement(row("decode", "fused", "natural").row));
  EXPECT_FALSE(time_depends_on_placement(row("decode", "fused", "longest_spread").row));
  EXPECT_FALSE(time_depends_on_placement(row("decode", "balanced", "longest_first").row));
  EXPECT_FALSE(time_depends_on_placement(row("prefill", "fused", "longest_first").row));
}

TEST(PlacementNote, StandsOnlyWhereSuchARowIs) {
  std::vector rows = {row("decode", "fused", "natural"), row("prefill", "fused", "persistent")};
  EXPECT_EQ(placement_note(rows), "");

  rows.push_back(row("decode", "fused", "persistent"));
  EXPECT_TRUE(placement_note(rows).starts_with("longest_first and persistent put the long CTAs"));
}

}  // namespace
}  // namespace fluxscope::analysis

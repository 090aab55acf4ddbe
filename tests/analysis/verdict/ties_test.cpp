#include "analysis/verdict/ties.hpp"

#include <gtest/gtest.h>

namespace fluxscope::analysis {
namespace {

VerdictRow row(std::string const& policy, double msr_ratio, std::int32_t tied_kv_heads,
               std::uint64_t tie_seed, std::int32_t kv_len = 32768) {
  VerdictRow one;
  one.row.policy = policy;
  one.row.msr_ratio = msr_ratio;
  one.row.kv_len = kv_len;
  one.row.tied_kv_heads = tied_kv_heads;
  one.row.tie_seed = tie_seed;
  return one;
}

TEST(TieNotes, SayHowManyHeadsTieAndTheSeedOncePerPolicyAndMsr) {
  std::vector<VerdictRow> const rows{row("full", 0, 0, 0), row("duo", 0.9, 57, 1),
                                     row("duo", 0.9, 57, 1, 65536), row("duo", 0.75, 9, 1),
                                     row("duo, other seed", 0.9, 57, 2)};

  EXPECT_EQ(tie_notes(rows),
            (std::vector<std::string>{
                "duo at MSR 0.9: 57 KV heads tie at the cut; chosen at random under seed 1.",
                "duo at MSR 0.75: 9 KV heads tie at the cut; chosen at random under seed 1.",
                "duo, other seed at MSR 0.9: 57 KV heads tie at the cut; chosen at random under "
                "seed 2."}));
}

TEST(TieNotes, AreNoneWhereNothingWasLeftToChance) {
  EXPECT_TRUE(tie_notes(std::vector{row("full", 0, 0, 0), row("duo", 0.5, 0, 1)}).empty());
}

}  // namespace
}  // namespace fluxscope::analysis

#include "traces/pass.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace fluxscope::traces {
namespace {

// What traces in the hands of users hold.
TEST(Pass, NumbersOfOldTracesKeepTheirMeaning) {
  EXPECT_EQ(info(Pass::timing).name, "timing");
  EXPECT_EQ(number(Pass::timing), 0u);
  EXPECT_EQ(number(Pass::activity), 1u);
  EXPECT_EQ(number(Pass::probe), 2u);
  EXPECT_EQ(number(Pass::counters), 3u);
}

TEST(Pass, EveryRowOfTheTableStandsAtItsNumberUnderItsOwnName) {
  std::set<std::string_view> names;
  for (std::uint32_t i = 0; i < kPasses.size(); ++i) {
    EXPECT_EQ(number(kPasses[i].pass), i);
    EXPECT_EQ(info(kPasses[i].pass).name, kPasses[i].name);
    EXPECT_TRUE(names.insert(kPasses[i].name).second) << kPasses[i].name;
    EXPECT_NE(kPasses[i].what, "");
  }
}

TEST(FindPass, TakesNamesAndNumbersAndNothingElse) {
  EXPECT_EQ(find_pass("probe"), Pass::probe);
  EXPECT_EQ(find_pass("2"), Pass::probe);
  EXPECT_EQ(find_pass("overhead"), Pass::overhead);
  EXPECT_EQ(find_pass("5"), std::nullopt);
  EXPECT_EQ(find_pass("02"), std::nullopt);
  EXPECT_EQ(find_pass(""), std::nullopt);
  EXPECT_EQ(find_pass("Probe"), std::nullopt);
}

TEST(PassList, SpellsTheNumbersOut) {
  EXPECT_EQ(pass_list(), "0 timing, 1 activity, 2 probe, 3 counters, 4 overhead");
}

TEST(Pass, AColumnsValueIsComparedWithAPass) {
  std::uint32_t const stored = 3;

  EXPECT_TRUE(stored == Pass::counters);
  EXPECT_FALSE(stored == Pass::timing);
  EXPECT_TRUE(stored != Pass::timing);
}

}  // namespace
}  // namespace fluxscope::traces

#include "profiler/machine/check.hpp"

#include <gtest/gtest.h>

#include "tests/profiler/fake_libraries.hpp"

namespace fluxscope::profiler {
namespace {

TEST(CheckMachine, WithoutDriverAndCuptiEveryFindingSaysWhatToDo) {
  FakeLibraries libraries;

  auto const findings = check_machine(libraries);

  ASSERT_EQ(findings.size(), 2u);
  for (Finding const& finding : findings) {
    EXPECT_EQ(finding.health, Health::missing) << finding.topic;
    EXPECT_NE(finding.text, "") << finding.topic;
    EXPECT_NE(finding.remedy, "") << finding.topic;
  }
}

TEST(ProfilingOpenToAll, FollowsTheDriversParameter) {
  EXPECT_TRUE(profiling_open_to_all("EnableMSI: 1\nRmProfilingAdminOnly: 0\n"));
  EXPECT_FALSE(profiling_open_to_all("RmProfilingAdminOnly: 1\n"));
  EXPECT_FALSE(profiling_open_to_all("")) << "unknown is not open";
}

}  // namespace
}  // namespace fluxscope::profiler

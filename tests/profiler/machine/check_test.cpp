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

TEST(UsersFinding, SaysWhoIsThereOrThatItCannotBeKnown) {
  Finding const others = users_finding(true, "pid 7 (python3, 2.5 GB)");
  EXPECT_EQ(others.health, Health::limited);
  EXPECT_NE(others.text.find("pid 7 (python3"), std::string::npos);
  EXPECT_NE(others.remedy.find("CUDA_VISIBLE_DEVICES"), std::string::npos);
  EXPECT_EQ(users_finding(true, "").health, Health::works);
  Finding const unknown = users_finding(false, "");
  EXPECT_EQ(unknown.health, Health::limited);
  EXPECT_NE(unknown.remedy.find("nvidia-smi"), std::string::npos);
}

TEST(ProfilingOpenToAll, FollowsTheDriversParameter) {
  EXPECT_TRUE(profiling_open_to_all("EnableMSI: 1\nRmProfilingAdminOnly: 0\n"));
  EXPECT_FALSE(profiling_open_to_all("RmProfilingAdminOnly: 1\n"));
  EXPECT_FALSE(profiling_open_to_all("")) << "unknown is not open";
}

}  // namespace
}  // namespace fluxscope::profiler

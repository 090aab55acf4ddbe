#include "base/terminal/progress.hpp"

#include <gtest/gtest.h>

namespace fluxscope {
namespace {

TEST(Progress, ShortWorkSaysNothing) {
  ::testing::internal::CaptureStderr();
  {
    Progress progress("work", "items", 3);
    for (std::size_t i = 0; i < 3; ++i) progress.update(i + 1);
  }

  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, SaysWhatIsLeftAtThePaceSoFar) {
  // 120 cases in 41 s: 440 more take 440 x 41 / 120 = 150 s.
  EXPECT_EQ(progress_text("profile", "cases", 120, 560, 41.2),
            "profile: 120 of 560 cases, 41 s, about 3 min left");
  EXPECT_EQ(progress_text("profile", "cases", 280, 560, 41.2),
            "profile: 280 of 560 cases, 41 s, about 41 s left");
  EXPECT_EQ(progress_text("sweep", "points", 1, 1000, 36),
            "sweep: 1 of 1000 points, 36 s, about 10 h left");
  EXPECT_EQ(progress_text("sweep", "points", 0, 1000, 3), "sweep: 0 of 1000 points, 3 s");
  EXPECT_EQ(progress_text("sweep", "points", 9, 9, 3), "sweep: 9 of 9 points, 3 s");
}

}  // namespace
}  // namespace fluxscope

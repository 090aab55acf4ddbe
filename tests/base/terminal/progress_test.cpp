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

}  // namespace
}  // namespace fluxscope

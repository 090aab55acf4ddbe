#include "profiler/device/copies.hpp"

#include <gtest/gtest.h>

namespace fluxscope::profiler {
namespace {

using runs::CaseLayout;

TEST(ChooseCopies, EnoughToLeaveTheCacheTwice) {
  CaseLayout layout;
  layout.cache_elements = 1 << 20;
  layout.touched_bytes = 10 << 20;

  CopyCount const copies = choose_copies(layout, 50 << 20, std::int64_t{1} << 40);

  EXPECT_EQ(copies.copies, 10u);  // 2 x 50 MiB / 10 MiB
  EXPECT_TRUE(copies.beyond_l2);
}

TEST(ChooseCopies, TooLittleMemoryIsSaid) {
  CaseLayout layout;
  layout.cache_elements = 1 << 20;  // K and V: 4 MiB a copy
  layout.touched_bytes = 1 << 20;

  CopyCount const copies = choose_copies(layout, 50 << 20, 12 << 20);

  EXPECT_EQ(copies.copies, 3u);
  EXPECT_FALSE(copies.beyond_l2);
}

TEST(ChooseCopies, ALargeCaseNeedsOne) {
  CaseLayout layout;
  layout.cache_elements = 1 << 30;
  layout.touched_bytes = std::int64_t{4} << 30;

  EXPECT_EQ(choose_copies(layout, 50 << 20, 1).copies, 1u);
}

}  // namespace
}  // namespace fluxscope::profiler

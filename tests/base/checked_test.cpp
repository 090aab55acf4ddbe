#include "base/checked.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/refusal.hpp"

namespace fluxscope {
namespace {

using ::testing::HasSubstr;
using testing::refusal;

constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

TEST(CheckedCast, KeepsWhatFitsAndNamesWhatDoesNot) {
  EXPECT_EQ(checked_cast<std::uint16_t>(65535, "pieces"), 65535);
  EXPECT_EQ(checked_cast<std::int32_t>(std::int64_t{-1}, "offset"), -1);

  auto const wrapped = refusal([] { (void)checked_cast<std::uint16_t>(65536, "pieces of a row"); });
  EXPECT_THAT(wrapped, HasSubstr("pieces of a row = 65536"));
  EXPECT_THAT(wrapped, HasSubstr("65535"));
  EXPECT_NE(refusal([] { (void)checked_cast<std::uint16_t>(-1, "pieces"); }), "accepted");
  EXPECT_NE(refusal([] { (void)checked_cast<std::int32_t>(std::size_t{1} << 31, "tiles"); }),
            "accepted");
}

TEST(CheckedArithmetic, RefusesWhat64BitsDoNotHold) {
  EXPECT_EQ(checked_sum(kLargest - 1, 1, "time"), kLargest);
  EXPECT_EQ(checked_product(kLargest / 3, 3, "time"), kLargest / 3 * 3);
  EXPECT_THAT(refusal([] { (void)checked_sum(kLargest, 1, "picoseconds"); }),
              HasSubstr("picoseconds"));
  EXPECT_THAT(
      refusal([] { (void)checked_product(std::int64_t{1} << 32, std::int64_t{1} << 31, "B"); }),
      HasSubstr("B"));
}

}  // namespace
}  // namespace fluxscope

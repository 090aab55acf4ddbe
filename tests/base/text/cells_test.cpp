#include "base/text/cells.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/refusal.hpp"

namespace fluxscope {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::refusal;

TEST(Cells, StandBetweenSeparators) {
  EXPECT_THAT(cells_of("a,b c,", ""), ElementsAre("a", "b c", ""));
  EXPECT_THAT(cells_of("a\tb,c", "", '\t'), ElementsAre("a", "b,c"));
  EXPECT_THAT(cells_of("", ""), ElementsAre(""));
}

TEST(Cells, QuotesHoldSeparatorsAndQuotes) {
  EXPECT_THAT(cells_of(R"("x,""y""",z)", ""), ElementsAre(R"(x,"y")", "z"));
  EXPECT_THAT(cells_of(R"(5" pipe,"")", ""), ElementsAre(R"(5" pipe)", ""));
  EXPECT_THAT(refusal([] { (void)cells_of(R"(1,"2)", "f:2: "); }),
              HasSubstr("f:2: a quote is not closed"));
}

TEST(Cells, NumbersAreWhollyNumbers) {
  EXPECT_EQ(whole_cell("128", "n", 1, 128, "f:2: "), 128);
  EXPECT_EQ(number_cell("1.5e-3", "t", "f:2: "), 1.5e-3);
  for (char const* cell : {"", "1.0", "1x", " 1", "nan"}) {
    EXPECT_THAT(refusal([&] { (void)whole_cell(cell, "n", 1, 128, "f:2: "); }),
                AllOf(HasSubstr("f:2: n = "), HasSubstr("whole number")))
        << cell;
  }
  EXPECT_THAT(refusal([] { (void)whole_cell("129", "n", 1, 128, ""); }), HasSubstr("[1, 128]"));
  EXPECT_THAT(refusal([] { (void)whole_cell("99999999999999999999", "n", 1, 128, ""); }),
              HasSubstr("outside"));
  for (char const* cell : {"", "nan", "inf", "1e999", "1,5", "fast"}) {
    EXPECT_THAT(refusal([&] { (void)number_cell(cell, "t", ""); }), HasSubstr("finite")) << cell;
  }
}

}  // namespace
}  // namespace fluxscope

#include "base/text/cells.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fluxscope {
namespace {

using ::testing::ElementsAre;

TEST(Cells, StandBetweenSeparators) {
  EXPECT_THAT(cells_of("a,b c,"), ElementsAre("a", "b c", ""));
  EXPECT_THAT(cells_of("a\tb,c", '\t'), ElementsAre("a", "b,c"));
  EXPECT_THAT(cells_of(""), ElementsAre(""));
}

}  // namespace
}  // namespace fluxscope

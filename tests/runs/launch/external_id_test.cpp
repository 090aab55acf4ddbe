#include "runs/launch/external_id.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace fluxscope::runs {
namespace {

TEST(ExternalId, HoldsCasePassAndRepetitionInThatOrder) {
  EXPECT_EQ(external_id(3, traces::Pass::activity, 2), 3u << 16 | 1u << 8 | 2u);
  EXPECT_EQ(external_id(0xFFFFFFFF, traces::Pass::overhead, 255), 0xFFFFFFFF04FFull);
  EXPECT_THROW((void)external_id(0, traces::Pass::timing, 256), ContractError);
}

}  // namespace
}  // namespace fluxscope::runs

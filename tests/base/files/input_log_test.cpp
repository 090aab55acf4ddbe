#include "base/files/input_log.hpp"

#include <gtest/gtest.h>

namespace fluxscope::testing {
namespace {

TEST(InputLog, HoldsWhatIsReadWhileItExists) {
  note_input("before");
  {
    InputLog const log;
    note_input("a");
    note_input("b");
    EXPECT_EQ(log.paths(), (std::vector<std::string>{"a", "b"}));
  }
  note_input("between");

  EXPECT_TRUE(InputLog().paths().empty());
}

}  // namespace
}  // namespace fluxscope::testing

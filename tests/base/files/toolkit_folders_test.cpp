#include "base/files/toolkit_folders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace fluxscope::testing {
namespace {

using ::testing::ElementsAre;

TEST(ToolkitFolders, AFilesFolderEndsWithItsSlash) {
  EXPECT_EQ(folder_with_slash("/a/b/libx.so"), "/a/b/");
  EXPECT_EQ(folder_with_slash("libx.so"), "");
}

TEST(ToolkitFolders, VariablesThatAreSetComeBeforeTheUsualPlace) {
  ::setenv("CUDA_HOME", "/opt/one", 1);
  ::setenv("CUDA_PATH", "", 1);
  EXPECT_THAT(toolkit_roots(), ElementsAre("/opt/one", "/usr/local/cuda"));
  ::setenv("CUDA_PATH", "/opt/two", 1);
  EXPECT_THAT(toolkit_roots(), ElementsAre("/opt/one", "/opt/two", "/usr/local/cuda"));
  ::unsetenv("CUDA_HOME");
  ::unsetenv("CUDA_PATH");
  EXPECT_THAT(toolkit_roots(), ElementsAre("/usr/local/cuda"));
}

}  // namespace
}  // namespace fluxscope::testing

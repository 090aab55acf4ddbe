#include "base/build_info.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "fluxscope_test_paths.hpp"

namespace fluxscope {
namespace {

TEST(BuildInfo, NamesVersionAndSourceTree) {
  BuildInfo const& info = build_info();

  EXPECT_THAT(info.version, ::testing::MatchesRegex("[0-9]+[.][0-9]+[.][0-9]+"));
  EXPECT_THAT(info.git_hash, ::testing::MatchesRegex("unknown|[0-9a-f]+(-dirty)?"));
  EXPECT_TRUE(std::filesystem::equivalent(info.source_folder, FLUXSCOPE_SOURCE_DIR));
}

TEST(BuildInfo, UtcNowIsIso8601) {
  EXPECT_THAT(utc_now(),
              ::testing::MatchesRegex(
                  "20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z"));
}

TEST(BuildInfo, TheHostHasAName) { EXPECT_FALSE(host_name().empty()); }

}  // namespace
}  // namespace fluxscope

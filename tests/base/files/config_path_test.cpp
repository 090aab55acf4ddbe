#include "base/files/config_path.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error.hpp"

namespace fluxscope {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A configs folder with models a.toml, long-name.toml and a file that is no config.
class ConfigPath : public ::testing::Test {
 protected:
  void SetUp() override {
    auto const* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("fluxscope_configs_" + std::to_string(getpid()) + "_" + info->name());
    fs::create_directories(folder_ / "models");
    for (char const* name : {"long-name.toml", "a.toml", "readme.md"}) {
      std::ofstream(folder_ / "models" / name) << "\n";
    }
    setenv("FLUXSCOPE_CONFIGS", folder_.c_str(), 1);
  }
  void TearDown() override {
    unsetenv("FLUXSCOPE_CONFIGS");
    fs::remove_all(folder_);
  }

  static std::string problem(std::string const& kind, std::string const& name) {
    try {
      return "found " + config_path(kind, name);
    } catch (InputError const& error) {
      return error.what();
    }
  }

  fs::path folder_;
};

TEST_F(ConfigPath, ANameMeansAFileOfItsKind) {
  EXPECT_EQ(config_path("models", "a"), (folder_ / "models" / "a.toml").string());
}

TEST_F(ConfigPath, APathStaysAsItIs) {
  EXPECT_EQ(config_path("models", "elsewhere/a"), "elsewhere/a");
  EXPECT_EQ(config_path("models", "a.toml"), "a.toml");
  EXPECT_EQ(config_path("models", "config.json"), "config.json");
}

TEST_F(ConfigPath, NamesAreSortedAndOnlyToml) {
  EXPECT_THAT(config_names("models"), ElementsAre("a", "long-name"));
  EXPECT_TRUE(config_names("gpus").empty());
}

TEST_F(ConfigPath, AnUnknownNameHasItsNearMissNamed) {
  EXPECT_THAT(problem("models", "long-nam"), HasSubstr("expected 'long-name'"));
  EXPECT_THAT(problem("models", "zzzzzzzz"), HasSubstr("a, long-name"));
}

TEST_F(ConfigPath, AnAbsentFolderSaysWhatToSet) {
  EXPECT_THAT(problem("gpus", "h200"), HasSubstr("FLUXSCOPE_CONFIGS"));
}

}  // namespace
}  // namespace fluxscope

#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/refusal.hpp"

namespace fluxscope::plan::testing {

/// A folder of its own for each test.
class TemporaryFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    auto const* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              ("fluxscope_plan_" + std::to_string(getpid()) + "_" + info->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// Writes a file and returns its path.
  std::string write(std::string const& name, std::string const& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

/// The message of the InputError that `run` throws, or "accepted".
template <class Run>
std::string problem(Run const& run) {
  return fluxscope::testing::refusal([&] { (void)run(); });
}

}  // namespace fluxscope::plan::testing

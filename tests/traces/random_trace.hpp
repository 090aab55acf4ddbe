#pragma once
// Valid traces of random values, and their comparison bit by bit.

#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>

#include "traces/record/trace.hpp"
#include "traces/schema/schema.hpp"

namespace fluxscope::testing {

/// A folder of this process that goes away with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("fluxscope_traces_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file(std::string const& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Every table has `rows` rows (at least 1); about a tenth of the values that may be missing are.
[[nodiscard]] traces::Trace random_trace(std::uint64_t seed, std::size_t rows);

/// Equal in every bit, so that NaN equals NaN. `complete` is not compared.
[[nodiscard]] ::testing::AssertionResult same_trace(traces::Trace const& got,
                                                    traces::Trace const& want);

/// The first `rows` of `got` equal those of `want`, which has at least as many.
template <class Record>
[[nodiscard]] ::testing::AssertionResult same_rows(std::span<Record const> got,
                                                   std::span<Record const> want);

}  // namespace fluxscope::testing

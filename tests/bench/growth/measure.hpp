#pragma once
// What each command takes on n rows of a kind.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/growth/child.hpp"

namespace fluxscope::bench {

/// Ten times the rows may take so many times the time.
inline constexpr double kMostPerDecade = 15;

struct Options {
  std::string program;  ///< the fluxscope whose commands run
  std::string work = "/tmp/bench_growth";
  std::string json;                   ///< file for the results; empty: none
  std::vector<std::string> kinds;     ///< empty: all
  std::vector<std::string> commands;  ///< empty: all
  std::size_t most_rows = 1'000'000;
  double limit_s = 600;  ///< of one command
};

struct Result {
  std::string kind;
  std::string command;
  std::size_t rows = 0;
  std::optional<Cost> cost;     ///< nullopt: beyond the limit
  double output_mib = 0;        ///< of the file or folder that it wrote; 0: none
  std::optional<double> ratio;  ///< to the time of a tenth of the rows
};

/// Ascending in rows within a kind and command; printed as they come. Sizes above one that went
/// beyond the limit are left out.
[[nodiscard]] std::vector<Result> measure_growth(Options const& options);

/// Whether no decade takes more than kMostPerDecade times the one before, or goes beyond the limit.
[[nodiscard]] bool grows_well(std::vector<Result> const& results);

}  // namespace fluxscope::bench

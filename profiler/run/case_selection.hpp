#pragma once

#include <cstdint>
#include <string>

#include "plan/experiment/experiment.hpp"

namespace fluxscope::profiler {

struct SelectedCases {
  plan::Experiment experiment;  ///< cases renumbered from 0; rows, and their steps, whose cases
                                ///< are all there
  std::int64_t cases_left_out = 0;
  std::int64_t rows_left_out = 0;
};

/// The first `limit` cases (0: all) whose name matches the shell pattern `glob`. Throws InputError
/// where none does.
[[nodiscard]] SelectedCases select_cases(plan::Experiment const& experiment,
                                         std::string const& glob, std::size_t limit);

}  // namespace fluxscope::profiler

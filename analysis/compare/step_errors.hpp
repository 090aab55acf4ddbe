#pragma once
// Steps of two traces of one experiment, by operation and in total.

#include <cstdint>
#include <string>
#include <vector>

#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// An operation's launches of one step, both sides summed.
struct OpError {
  std::string op;
  double measured_ns = 0;
  double simulated_ns = 0;
  double error_ratio = 0;  ///< simulated / measured - 1
};

struct StepError {
  std::string name;
  std::string mode;
  std::string provenance;  ///< of the simulated step
  double measured_ns = 0;
  double simulated_ns = 0;
  double error_ratio = 0;
  std::vector<OpError> ops;  ///< of operations with times on both sides
};

/// Errors of one operation over all steps that have it, or of whole steps: op is empty.
struct OpErrorSummary {
  std::string op;
  std::size_t steps = 0;
  double mape_ratio = 0;
  double p90_ratio = 0;
  double bias_ratio = 0;
  double share_ratio = 0;  ///< of the measured time of these steps
};

/// "Which of two is quicker", of steps of the same lengths, mode and chunk whose measured times
/// differ by more than 3 %.
struct WhatIfSigns {
  std::size_t pairs = 0;
  std::size_t right = 0;  ///< the simulation says so too
};

struct StepComparison {
  std::vector<StepError> steps;
  std::vector<OpErrorSummary> summaries;  ///< whole steps first, then by falling share
  WhatIfSigns signs;
  std::vector<std::string> only_measured;  ///< names of steps without a partner, or a time
  std::vector<std::string> only_simulated;
};

/// Joins steps by name. Empty where a trace has none.
[[nodiscard]] StepComparison compare_steps(traces::Trace const& measured,
                                           traces::Trace const& simulated);

}  // namespace fluxscope::analysis

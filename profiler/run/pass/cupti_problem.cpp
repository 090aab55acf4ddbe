#include "profiler/run/pass/cupti_problem.hpp"

namespace fluxscope::profiler {

std::optional<std::string> cupti_problem(RunContext const& run) {
  if (!run.cupti.table.has_value()) return run.cupti.reason;
  std::string problem = subscriber_problem(*run.cupti.table);
  if (problem.empty()) return std::nullopt;
  return problem;
}

}  // namespace fluxscope::profiler

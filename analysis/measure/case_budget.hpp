#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/measure/launch_measure.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// A case's clean time, split exactly:
///   time = selection + launches + ramp + gap + tail + useful.
/// The clean time comes from pass 0, the shares from the probed (or simulated) launches. SM shares
/// of the attention launches are turned into time by multiplying with their windows.
struct CaseBudget {
  double time_ns = 0;
  double attention_ns = 0;  ///< windows of the attention launches, probe overhead taken out
  double selection_ns = 0;  ///< windows of gather_kv, router and selection kernels
  double launches_ns = 0;   ///< everything else outside the windows: combine, launch latency
  double ramp_ns = 0;
  double gap_ns = 0;
  double tail_ns = 0;
  double useful_ns = 0;
  bool known = false;
  std::string reason;  ///< why the time could not be split, else empty
  std::string note;    ///< windows longer than the clean time
};

/// `probe_overhead_ratio`: probed / unprobed - 1 of this case, 0 where it was not measured.
[[nodiscard]] CaseBudget case_budget(traces::CaseRecord const& of_case, CaseMeasure const& measure,
                                     double probe_overhead_ratio);

/// The sum over layers; unknown if any of them is.
[[nodiscard]] CaseBudget sum_of_budgets(std::span<CaseBudget const* const> layers);

/// By case_id: overhead of the lowest probe level that /overheads has for the case; 0 without one.
[[nodiscard]] std::vector<double> probe_overheads(traces::Trace const& trace);

}  // namespace fluxscope::analysis

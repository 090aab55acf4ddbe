#include "analysis/verdict/placement_note.hpp"

#include <algorithm>

#include "analysis/verdict/verdict.hpp"

namespace fluxscope::analysis {

bool time_depends_on_placement(traces::RowRecord const& row) {
  return row.phase == "decode" && row.execution == "fused" && row.scheduler != "natural";
}

std::string placement_note(std::span<VerdictRow const> rows) {
  bool const any = std::any_of(rows.begin(), rows.end(), [](VerdictRow const& row) {
    return time_depends_on_placement(row.row);
  });
  if (!any) return {};
  return "Orders of fused decode are not comparable between runs: where the long CTAs of "
         "longest_first and persistent lie on the chip changes from run to run, and with it their "
         "bandwidth. One case took 446 us in one run and 661 us in another on the same H200, "
         "samples inside a run within 0.1 %. Quartiles do not show it, and the cost model does not "
         "know it.";
}

}  // namespace fluxscope::analysis

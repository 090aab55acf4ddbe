#include "analysis/verdict/placement_note.hpp"

#include <algorithm>

#include "analysis/verdict/verdict.hpp"

namespace fluxscope::analysis {

bool time_depends_on_placement(traces::RowRecord const& row) {
  return row.phase == "decode" && row.execution == "fused" &&
         (row.scheduler == "longest_first" || row.scheduler == "persistent");
}

std::string placement_note(std::span<VerdictRow const> rows) {
  bool const any = std::any_of(rows.begin(), rows.end(), [](VerdictRow const& row) {
    return time_depends_on_placement(row.row);
  });
  if (!any) return {};
  return "longest_first and persistent put the long CTAs of fused decode on neighbouring SMs, "
         "which share a path to memory, and the GPU begins at another place from run to run: one "
         "case took 440 to 661 us on one H200 by the place alone. Their interval holds all places "
         "(files before schema 1.4: one, by chance). longest_spread does not depend on the place.";
}

}  // namespace fluxscope::analysis

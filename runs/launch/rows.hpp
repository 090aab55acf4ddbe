#pragma once

#include <vector>

#include "plan/layer/work_list.hpp"
#include "runs/launch/keep_rule.hpp"
#include "runs/losses.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::runs {

/// The rows of one probed or simulated launch.
struct LaunchRows {
  traces::LaunchRecord launch;
  std::vector<traces::SmRecord> sms;  // [sm_count]
  std::vector<traces::CtaRecord> ctas;
  std::vector<traces::WorkRecord> work;  ///< empty where each CTA runs one tile
  std::vector<traces::WarpRecord> warps;
  std::vector<traces::TileRow> tiles;
  std::vector<traces::TileTimeRecord> tile_times;
};

/// Removes what the rule does not keep and counts it in `losses`; adds /tiles where CTA rows stay;
/// sets launch.ctas_kept and warps_kept. launch.case_id and index must be set.
void apply(KeepRule const& rule, plan::WorkList const& list, LaunchRows& rows, Losses& losses);

}  // namespace fluxscope::runs

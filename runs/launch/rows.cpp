#include "runs/launch/rows.hpp"

#include <cstdint>

#include "runs/launch/tile_rows.hpp"

namespace fluxscope::runs {
namespace {

template <class Record>
void remove(std::vector<Record>& rows, Loss loss, Losses& losses) {
  losses.add(loss, static_cast<std::int64_t>(rows.size()));
  rows.clear();
}

}  // namespace

void apply(KeepRule const& rule, plan::WorkList const& list, LaunchRows& rows, Losses& losses) {
  if (rule.ctas) {
    rows.tiles = tile_rows(rows.launch.case_id, rows.launch.index, list);
  } else {
    remove(rows.ctas, Loss::cta_rows_aggregated, losses);
    remove(rows.work, Loss::work_rows_aggregated, losses);
  }
  if (!rule.warps) remove(rows.warps, Loss::warp_rows_aggregated, losses);
  rows.launch.ctas_kept = static_cast<std::uint32_t>(rows.ctas.size());
  rows.launch.warps_kept = static_cast<std::uint32_t>(rows.warps.size());
}

}  // namespace fluxscope::runs

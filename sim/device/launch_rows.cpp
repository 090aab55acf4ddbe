#include "sim/device/launch_rows.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include "plan/layer/names.hpp"
#include "plan/layer/schedule.hpp"
#include "runs/launch/only_tiles.hpp"
#include "runs/launch/sm_rows.hpp"
#include "runs/launch/tile_times.hpp"

namespace fluxscope::sim {
namespace {

constexpr std::int64_t kPsPerNs = 1000;

std::vector<traces::CtaRecord> cta_rows(LaunchTimes const& times, std::uint32_t sm_count) {
  std::vector<traces::CtaRecord> rows;
  rows.reserve(times.ctas.size());
  for (std::uint32_t cta = 0; cta < times.ctas.size(); ++cta) {
    CtaSpan const& span = times.ctas[cta];
    rows.push_back({.cta = cta,
                    .sm = span.slot % sm_count,
                    .t_in_ns = span.in_ps / kPsPerNs,
                    .t_out_ns = span.out_ps / kPsPerNs});
  }
  std::vector<runs::CtaTile> tiles;
  tiles.reserve(times.tiles.size());
  for (std::uint32_t tile = 0; tile < times.tiles.size(); ++tile) {
    tiles.push_back({times.tiles[tile].cta, tile});
  }
  runs::set_only_tiles(rows, tiles);
  return rows;
}

std::vector<traces::WorkRecord> work_rows(LaunchTimes const& times, std::uint32_t sm_count) {
  std::vector<traces::WorkRecord> rows;
  rows.reserve(times.tiles.size());
  for (std::uint32_t tile = 0; tile < times.tiles.size(); ++tile) {
    TileSpan const& span = times.tiles[tile];
    rows.push_back({.tile = tile,
                    .cta = span.cta,
                    .sm = times.ctas[span.cta].slot % sm_count,
                    .t_begin_ns = span.begin_ps / kPsPerNs,
                    .t_end_ns = span.end_ps / kPsPerNs});
  }
  return rows;
}

std::vector<traces::TileTimeRecord> tile_time_rows(plan::WorkList const& list,
                                                   LaunchTimes const& times) {
  std::vector<runs::TileDuration> durations;
  durations.reserve(times.tiles.size());
  for (std::size_t i = 0; i < times.tiles.size(); ++i) {
    durations.push_back(
        {plan::visited_blocks(list.tiles[i]), times.tiles[i].end_ps - times.tiles[i].begin_ps});
  }
  return runs::tile_times(std::move(durations));
}

}  // namespace

runs::LaunchRows launch_rows(plan::WorkList const& list, LaunchTimes const& times,
                             DeviceProfile const& profile) {
  KernelProfile const& kernel = profile.kernel(list.op);
  auto const sm_count = static_cast<std::uint32_t>(profile.spec.sm_count);
  runs::LaunchRows rows;
  rows.launch = {.op = plan::to_text(list.op),
                 .counted_as = plan::counted_as(list.op),
                 .kernel = kernel.name,
                 .grid_ctas = list.grid_ctas,
                 .threads_per_cta = kernel.threads_per_cta,
                 .ctas_per_sm = kernel.ctas_per_sm,
                 .registers_per_thread = kernel.registers_per_thread,
                 .smem_bytes = kernel.smem_bytes,
                 .start_ns = 0,
                 .end_ns = times.makespan_ps / kPsPerNs};
  rows.ctas = cta_rows(times, sm_count);
  if (!plan::one_tile_per_cta(list.scheduler)) rows.work = work_rows(times, sm_count);
  rows.sms = runs::sm_rows(rows.ctas, sm_count);
  rows.tile_times = tile_time_rows(list, times);
  runs::CtaWindow const window = runs::cta_window(rows.sms);
  rows.launch.first_cta_ns = window.first_ns;
  rows.launch.last_cta_ns = window.last_ns;
  return rows;
}

}  // namespace fluxscope::sim

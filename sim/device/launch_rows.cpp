#include "sim/device/launch_rows.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "plan/layer/names.hpp"

namespace fluxscope::sim {
namespace {

constexpr std::int64_t kPsPerNs = 1000;

using Durations = std::vector<std::pair<std::int32_t, std::int64_t>>;  // visited blocks, ps

double nearest_rank(Durations const& sorted, std::size_t begin, std::size_t count, double share) {
  auto const rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(count)));
  return static_cast<double>(sorted[begin + std::clamp<std::size_t>(rank, 1, count) - 1].second) /
         kPsPerNs;
}

/// CTAs come in the order of their begin on each SM, so the union of their lives grows at its end.
std::vector<traces::SmRecord> sm_rows(LaunchTimes const& times, std::int32_t sm_count) {
  std::vector<traces::SmRecord> rows(static_cast<std::size_t>(sm_count));
  for (std::uint32_t sm = 0; sm < rows.size(); ++sm) rows[sm].sm = sm;
  for (CtaSpan const& cta : times.ctas) {
    traces::SmRecord& row = rows[cta.slot % rows.size()];
    std::int64_t const in = cta.in_ps / kPsPerNs;
    std::int64_t const out = cta.out_ps / kPsPerNs;
    if (row.ctas == 0) row.first_in_ns = row.last_out_ns = in;
    row.busy_ns += std::max<std::int64_t>(0, out - std::max(in, row.last_out_ns));
    row.last_out_ns = std::max(row.last_out_ns, out);
    row.slot_busy_ns += out - in;
    ++row.ctas;
  }
  return rows;
}

void add_cta_rows(plan::WorkList const& list, LaunchTimes const& times, std::uint32_t sm_count,
                  bool one_tile_each, LaunchRows& rows) {
  for (std::uint32_t cta = 0; cta < times.ctas.size(); ++cta) {
    CtaSpan const& span = times.ctas[cta];
    rows.ctas.push_back({.cta = cta,
                         .sm = span.slot % sm_count,
                         .t_in_ns = span.in_ps / kPsPerNs,
                         .t_out_ns = span.out_ps / kPsPerNs});
  }
  std::vector<std::uint32_t> tiles_of_cta(times.ctas.size(), 0);
  for (std::uint32_t tile = 0; tile < times.tiles.size(); ++tile) {
    TileSpan const& span = times.tiles[tile];
    traces::CtaRecord& cta = rows.ctas[span.cta];
    cta.tile = ++tiles_of_cta[span.cta] == 1 ? tile : traces::kNoRow;
    if (!one_tile_each) {
      rows.work.push_back({.tile = tile,
                           .cta = span.cta,
                           .sm = cta.sm,
                           .t_begin_ns = span.begin_ps / kPsPerNs,
                           .t_end_ns = span.end_ps / kPsPerNs});
    }
    plan::Tile const& plan_tile = list.tiles[tile];
    rows.tiles.push_back({.tile = tile,
                          .seq = plan_tile.seq,
                          .head = plan_tile.head,
                          .q_block = plan_tile.q_block,
                          .split = plan_tile.split,
                          .num_splits = plan_tile.num_splits,
                          .kv_begin = plan_tile.kv_begin,
                          .sink_count = plan_tile.sink_count,
                          .visited_blocks = plan::visited_blocks(plan_tile)});
  }
}

}  // namespace

bool keeps_cta_rows(plan::MeasureSettings const& settings, std::int32_t kv_len,
                    std::int64_t grid_ctas) {
  auto const& contexts = settings.keep_contexts;
  bool const context =
      contexts.empty() || std::find(contexts.begin(), contexts.end(), kv_len) != contexts.end();
  return context && grid_ctas <= settings.keep_cta_rows;
}

std::vector<traces::TileTimeRecord> tile_time_rows(std::span<plan::Tile const> tiles,
                                                   std::span<TileSpan const> spans) {
  Durations durations;
  durations.reserve(tiles.size());
  for (std::size_t i = 0; i < tiles.size(); ++i) {
    durations.emplace_back(plan::visited_blocks(tiles[i]), spans[i].end_ps - spans[i].begin_ps);
  }
  std::sort(durations.begin(), durations.end());
  std::vector<traces::TileTimeRecord> rows;
  for (std::size_t begin = 0; begin < durations.size();) {
    std::size_t end = begin;
    std::int64_t sum_ps = 0;
    while (end < durations.size() && durations[end].first == durations[begin].first) {
      sum_ps += durations[end++].second;
    }
    std::size_t const count = end - begin;
    rows.push_back({.visited_blocks = durations[begin].first,
                    .count = static_cast<std::uint32_t>(count),
                    .mean_ns = static_cast<double>(sum_ps) / static_cast<double>(count) / kPsPerNs,
                    .min_ns = nearest_rank(durations, begin, count, 0),
                    .p50_ns = nearest_rank(durations, begin, count, 0.50),
                    .p99_ns = nearest_rank(durations, begin, count, 0.99),
                    .max_ns = nearest_rank(durations, begin, count, 1)});
    begin = end;
  }
  return rows;
}

LaunchRows launch_rows(plan::WorkList const& list, LaunchTimes const& times,
                       DeviceProfile const& profile, bool keep_ctas) {
  KernelProfile const& kernel = profile.kernel(list.op);
  LaunchRows rows;
  rows.launch = {.op = plan::to_text(list.op),
                 .grid_ctas = list.grid_ctas,
                 .threads_per_cta = kernel.threads_per_cta,
                 .ctas_per_sm = kernel.ctas_per_sm,
                 .registers_per_thread = kernel.registers_per_thread,
                 .smem_bytes = kernel.smem_bytes,
                 .start_ns = 0,
                 .end_ns = times.makespan_ps / kPsPerNs};
  bool const one_tile_each = list.scheduler == plan::Scheduler::natural ||
                             list.scheduler == plan::Scheduler::longest_first;
  rows.sms = sm_rows(times, profile.spec.sm_count);
  rows.tile_times = tile_time_rows(list.tiles, times.tiles);
  for (traces::SmRecord const& sm : rows.sms) {
    if (sm.ctas == 0) continue;
    bool const first = rows.launch.first_cta_ns == traces::kMissingNs;
    rows.launch.first_cta_ns =
        first ? sm.first_in_ns : std::min(rows.launch.first_cta_ns, sm.first_in_ns);
    rows.launch.last_cta_ns =
        first ? sm.last_out_ns : std::max(rows.launch.last_cta_ns, sm.last_out_ns);
  }
  if (keep_ctas) {
    add_cta_rows(list, times, static_cast<std::uint32_t>(profile.spec.sm_count), one_tile_each,
                 rows);
    rows.launch.ctas_kept = static_cast<std::uint32_t>(rows.ctas.size());
  } else {
    rows.cta_rows_aggregated = static_cast<std::int64_t>(times.ctas.size());
    rows.work_rows_aggregated = one_tile_each ? 0 : static_cast<std::int64_t>(times.tiles.size());
  }
  return rows;
}

}  // namespace fluxscope::sim

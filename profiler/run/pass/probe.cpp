#include "profiler/run/pass/probe.hpp"

#include "plan/layer/names.hpp"
#include "profiler/probe/decode.hpp"
#include "profiler/timing/warm_up.hpp"
#include "runs/keep_rule.hpp"

namespace fluxscope::profiler {
namespace {

constexpr std::uint32_t kPass = 2;

traces::LaunchRecord launch_record(RunContext& run, std::size_t index,
                                   DeviceCase const& device_case, std::size_t launch) {
  auto const facts = device_case.facts(launch, kernels::ProbeLevel::l0);
  auto const case_id = static_cast<std::uint32_t>(index);
  plan::WorkList const& list = device_case.list(launch);
  return {.launch_id = run.next_launch_id++,
          .case_id = case_id,
          .pass = kPass,
          .index = static_cast<std::uint32_t>(launch),
          .op = plan::to_text(list.op),
          .kernel = facts.name != nullptr ? facts.name : "",
          .probe_level = static_cast<std::uint8_t>(kernels::ProbeLevel::l0),
          .grid_ctas = list.grid_ctas,
          .threads_per_cta = facts.threads_per_cta,
          .ctas_per_sm = facts.ctas_per_sm,
          .registers_per_thread = facts.registers_per_thread,
          .smem_bytes = facts.smem_bytes,
          .external_id = external_id(case_id, kPass, 0)};
}

std::vector<traces::TileRow> tile_rows(std::uint32_t case_id, std::uint32_t launch_index,
                                       plan::WorkList const& list) {
  std::vector<traces::TileRow> rows;
  for (std::uint32_t i = 0; i < list.tiles.size(); ++i) {
    plan::Tile const& tile = list.tiles[i];
    rows.push_back({.case_id = case_id,
                    .launch_index = launch_index,
                    .tile = i,
                    .seq = tile.seq,
                    .head = tile.head,
                    .q_block = tile.q_block,
                    .split = tile.split,
                    .num_splits = tile.num_splits,
                    .kv_begin = tile.kv_begin,
                    .sink_count = tile.sink_count,
                    .visited_blocks = plan::visited_blocks(tile)});
  }
  return rows;
}

/// Moves a decoded launch into the rows that the keep rule admits and counts the others.
void keep_rows(RunContext& run, LaunchTimeline& timeline, plan::WorkList const& list,
               traces::LaunchRecord launch, CaseRows& rows) {
  std::int64_t const warps = std::int64_t{launch.grid_ctas} * launch.threads_per_cta / 32;
  std::int32_t const kv_len = run.cases.records()[launch.case_id].kv_len;
  runs::KeepRule const keep = runs::keep_rule(run.settings(), kv_len, launch.grid_ctas, warps);
  launch.first_cta_ns = timeline.first_cta_ns;
  launch.last_cta_ns = timeline.last_cta_ns;
  launch.records_dropped = timeline.dropped;
  run.losses.probe_records_dropped += static_cast<std::int64_t>(timeline.dropped);
  if (keep.ctas) {
    launch.ctas_kept = static_cast<std::uint32_t>(timeline.ctas.size());
    append_all(rows.ctas, timeline.ctas);
    append_all(rows.work, timeline.work);
    append_all(rows.tiles, tile_rows(launch.case_id, launch.index, list));
  } else {
    run.losses.cta_rows_aggregated += static_cast<std::int64_t>(timeline.ctas.size());
    run.losses.work_rows_aggregated += static_cast<std::int64_t>(timeline.work.size());
  }
  if (keep.warps) {
    launch.warps_kept = static_cast<std::uint32_t>(timeline.warps.size());
    append_all(rows.warps, timeline.warps);
  } else {
    run.losses.warp_rows_aggregated += static_cast<std::int64_t>(timeline.warps.size());
  }
  append_all(rows.sms, timeline.sms);
  append_all(rows.tile_times, timeline.tile_times);
  rows.launches.push_back(std::move(launch));
}

}  // namespace

ProbeRegions::ProbeRegions(DeviceCase const& device_case, CaseMemory& memory) : memory_(memory) {
  for (std::size_t i = 0; i < device_case.launches(); ++i) {
    plan::WorkList const& list = device_case.list(i);
    auto const warps_per_cta = static_cast<std::uint32_t>(
        device_case.facts(i, kernels::ProbeLevel::l0).threads_per_cta / 32);
    Region const region{.first_warp = warps_,
                        .warps = static_cast<std::size_t>(list.grid_ctas) * warps_per_cta,
                        .first_tile = tiles_,
                        .tiles = list.tiles.size(),
                        .warps_per_cta = warps_per_cta};
    warps_ += region.warps;
    tiles_ += region.tiles;
    regions_.push_back(region);
  }
  memory_.probe_warps.reserve(warps_);
  memory_.probe_tiles.reserve(tiles_);
}

void ProbeRegions::clear(cudaStream_t stream) const {
  FLUXSCOPE_CUDA_CHECK(
      cudaMemsetAsync(memory_.probe_warps.data(), 0, warps_ * sizeof(kernels::WarpRecord), stream));
  FLUXSCOPE_CUDA_CHECK(
      cudaMemsetAsync(memory_.probe_tiles.data(), 0, tiles_ * sizeof(kernels::TileRecord), stream));
}

void ProbeRegions::launch_all(DeviceCase const& device_case, std::uint32_t copy,
                              cudaStream_t stream) const {
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    Region const& region = regions_[i];
    kernels::ProbeBuffers const buffers{.warps = memory_.probe_warps.data() + region.first_warp,
                                        .tiles = memory_.probe_tiles.data() + region.first_tile,
                                        .warp_capacity = static_cast<std::uint32_t>(region.warps),
                                        .tile_capacity = static_cast<std::uint32_t>(region.tiles)};
    device_case.launch(i, copy, kernels::ProbeLevel::l0, buffers, stream);
  }
}

ProbeRegions::HostRecords ProbeRegions::read(cudaStream_t stream) const {
  HostRecords records{std::vector<kernels::WarpRecord>(warps_),
                      std::vector<kernels::TileRecord>(tiles_)};
  FLUXSCOPE_CUDA_CHECK(cudaMemcpyAsync(records.warps.data(), memory_.probe_warps.data(),
                                       warps_ * sizeof(kernels::WarpRecord), cudaMemcpyDeviceToHost,
                                       stream));
  FLUXSCOPE_CUDA_CHECK(cudaMemcpyAsync(records.tiles.data(), memory_.probe_tiles.data(),
                                       tiles_ * sizeof(kernels::TileRecord), cudaMemcpyDeviceToHost,
                                       stream));
  FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(stream));
  return records;
}

std::span<kernels::WarpRecord const> ProbeRegions::warps_of(HostRecords const& records,
                                                            std::size_t launch) const {
  return std::span(records.warps).subspan(regions_[launch].first_warp, regions_[launch].warps);
}

std::span<kernels::TileRecord const> ProbeRegions::tiles_of(HostRecords const& records,
                                                            std::size_t launch) const {
  return std::span(records.tiles).subspan(regions_[launch].first_tile, regions_[launch].tiles);
}

void probe_case(RunContext& run, std::size_t index, DeviceCase const& device_case, CaseRows& rows) {
  ProbeRegions const regions(device_case, run.memory);
  if (wants_warm_up(run.cases.records()[index].time_ns)) {
    regions.launch_all(device_case, 0, run.stream);
  }
  regions.clear(run.stream);
  regions.launch_all(device_case, 1 % device_case.copies(), run.stream);
  auto const records = regions.read(run.stream);
  for (std::size_t i = 0; i < device_case.launches(); ++i) {
    traces::LaunchRecord launch = launch_record(run, index, device_case, i);
    auto timeline = decode_probe({.launch_id = launch.launch_id,
                                  .grid_ctas = static_cast<std::uint32_t>(launch.grid_ctas),
                                  .warps_per_cta = regions.warps_per_cta(i),
                                  .warps = regions.warps_of(records, i),
                                  .tiles = regions.tiles_of(records, i),
                                  .plan_tiles = device_case.list(i).tiles},
                                 run.clocks, run.tick_ns);
    run.crosschecks.add_probe(
        launch.case_id, launch.index,
        {.busy_mean_cyc = timeline.busy_mean_cyc,
         .busy_max_cyc = timeline.busy_max_cyc,
         .span_ns = static_cast<double>(timeline.last_cta_ns - timeline.first_cta_ns)});
    keep_rows(run, timeline, device_case.list(i), std::move(launch), rows);
  }
}

}  // namespace fluxscope::profiler

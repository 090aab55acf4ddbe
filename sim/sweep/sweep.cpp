#include "sim/sweep/sweep.hpp"

#include <algorithm>
#include <iostream>
#include <set>

#include "base/error.hpp"
#include "base/terminal/progress.hpp"
#include "plan/layer/names.hpp"
#include "sim/device/interval.hpp"
#include "sim/device/simulate.hpp"
#include "sim/sweep/parts.hpp"
#include "sim/sweep/what_if.hpp"

namespace fluxscope::sim {
namespace {

SweepTable empty_table(SweepConfig const& config) {
  SweepTable table{.name = config.name,
                   .model = config.model.name,
                   .toml = config.toml,
                   .identity = sweep_identity(config),
                   .points = enumerate_points(config).size()};
  for (DeviceProfile const& gpu : config.gpus) {
    table.gpu_words += (table.gpu_words.empty() ? "" : ",") + gpu.spec.name;
    table.profiles += device_profile_text(gpu);
  }
  for (std::string const& policy : config.policies) {
    table.policy_words += (table.policy_words.empty() ? "" : ",") + policy;
  }
  return table;
}

std::uint8_t provenance_word(std::string const& word) {
  std::string const words = kSweepProvenanceWords;
  std::size_t const at = words.find(word);
  expects(at != std::string::npos, "a provenance that the sweep's schema knows");
  return static_cast<std::uint8_t>(
      std::count(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at), ','));
}

SweepRow row_of(SweepConfig const& config, SweepPoint const& point, PointResult const& result) {
  DeviceProfile const& gpu = config.gpus[point.gpu];
  std::string const standing =
      provenance(gpu, point.phase, config.model.attention, point.batch, point.kv_len);
  RatioInterval const interval = prediction_interval(gpu.phase(point.phase), standing);
  double const time_ns = static_cast<double>(result.time_ps) / 1e3;
  return {.point = point.point,
          .gpu = point.gpu,
          .phase = static_cast<std::uint8_t>(point.phase),
          .policy = point.policy,
          .execution = static_cast<std::uint8_t>(point.execution),
          .scheduler = static_cast<std::uint8_t>(point.scheduler),
          .provenance = provenance_word(standing),
          .batch = point.batch,
          .kv_len = point.kv_len,
          .seed = point.seed,
          .msr_ratio = point.msr_ratio,
          .time_ns = time_ns,
          .time_low_ns = time_ns * interval.low,
          .time_high_ns = time_ns * interval.high,
          .full_time_ns = result.full.time_ns(),
          .speedup_ratio = result.full.speedup(time_ns),
          .ideal_speedup_ratio = result.ideal_speedup_ratio,
          .kv_bytes_selected = result.kv_bytes_selected,
          .kv_bytes_held = result.kv_bytes_held};
}

void add_rows(SweepConfig const& config, WhatIf& what_if, std::vector<SweepPoint> const& points,
              SweepTable& table) {
  what_if.prepare(points);
  for (SweepPoint const& point : points) {
    table.rows.push_back(row_of(config, point, what_if.result(point)));
  }
}

/// Parts may hold points of a shard that the stopped run had and this one has not.
void keep_only(std::vector<SweepPoint> const& points, SweepTable& table) {
  std::set<std::uint32_t> wanted;
  for (SweepPoint const& point : points) wanted.insert(point.point);
  std::erase_if(table.rows, [&](SweepRow const& row) { return !wanted.contains(row.point); });
}

}  // namespace

SweepTable sweep_table(SweepConfig const& config, std::vector<SweepPoint> const& points) {
  SweepTable table = empty_table(config);
  WhatIf what_if(config);
  add_rows(config, what_if, points, table);
  return table;
}

SweepTable run_sweep(SweepConfig const& config, SweepOptions const& options, OutputFile& output) {
  expects(options.points_per_part >= 1, "a part holds points");
  SweepTable const empty = empty_table(config);
  SweepParts parts(output.path(), empty, options.restart);
  std::vector<SweepPoint> const mine = shard_points(config, options.shard);
  std::vector<SweepPoint> points = mine;
  std::erase_if(points, [&](SweepPoint const& point) { return parts.holds(point.point); });
  if (points.size() < mine.size()) {
    std::cerr << "sweep: " << mine.size() - points.size() << " of " << mine.size()
              << " points are those of a run that was stopped (--restart computes them anew)\n";
  }

  Progress progress("sweep", "points", mine.size());
  WhatIf what_if(config);
  for (std::size_t first = 0; first < points.size(); first += options.points_per_part) {
    std::size_t const last = std::min(points.size(), first + options.points_per_part);
    SweepTable part = empty;
    add_rows(config, what_if,
             {points.begin() + static_cast<std::ptrdiff_t>(first),
              points.begin() + static_cast<std::ptrdiff_t>(last)},
             part);
    parts.add(part);
    progress.update(mine.size() - points.size() + last);
  }
  SweepTable table = parts.table();
  keep_only(mine, table);
  expects(table.rows.size() == mine.size(), "the parts hold every point of the shard");
  write_sweep(output, table);
  parts.remove();
  return table;
}

SweepTable run_sweep(SweepConfig const& config, SweepOptions const& options,
                     std::string const& path) {
  OutputFile output(path, {.kinds = {sweep_kind()}});
  return run_sweep(config, options, output);
}

}  // namespace fluxscope::sim

#include "sim/sweep/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.hpp"
#include "base/terminal/progress.hpp"
#include "plan/layer/names.hpp"
#include "sim/device/simulate.hpp"
#include "sim/sweep/what_if.hpp"

namespace fluxscope::sim {
namespace {

namespace fs = std::filesystem;

SweepTable empty_table(SweepConfig const& config) {
  SweepTable table{.name = config.name,
                   .model = config.model.name,
                   .toml = config.toml,
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
  PhaseEvidence const& evidence = gpu.phase(point.phase);
  double const time_ns = static_cast<double>(result.time_ps) / 1e3;
  return {.point = point.point,
          .gpu = point.gpu,
          .phase = static_cast<std::uint8_t>(point.phase),
          .policy = point.policy,
          .execution = static_cast<std::uint8_t>(point.execution),
          .scheduler = static_cast<std::uint8_t>(point.scheduler),
          .provenance = provenance_word(provenance(gpu, point.phase, point.batch, point.kv_len)),
          .batch = point.batch,
          .kv_len = point.kv_len,
          .seed = point.seed,
          .msr_ratio = point.msr_ratio,
          .time_ns = time_ns,
          .time_low_ns = time_ns * evidence.low_ratio,
          .time_high_ns = time_ns * evidence.high_ratio,
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

std::vector<std::string> part_files(fs::path const& folder) {
  std::vector<std::string> files;
  if (!fs::exists(folder)) return files;
  for (auto const& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".h5") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void prepare_folder(fs::path const& folder, bool resume) {
  std::error_code error;
  if (!resume) fs::remove_all(folder, error);
  fs::create_directories(folder, error);
  if (error) {
    throw InputError(folder.string() + ": cannot make the folder for parts (" + error.message() +
                     ") choose another output path");
  }
}

}  // namespace

SweepTable sweep_table(SweepConfig const& config, std::vector<SweepPoint> const& points) {
  SweepTable table = empty_table(config);
  WhatIf what_if(config);
  add_rows(config, what_if, points, table);
  return table;
}

SweepTable run_sweep(SweepConfig const& config, SweepOptions const& options,
                     std::string const& path) {
  expects(options.points_per_part >= 1, "a part holds points");
  fs::path const folder = path + ".parts";
  prepare_folder(folder, options.resume);
  SweepTable const empty = empty_table(config);
  std::vector<std::string> parts = part_files(folder);
  std::set<std::uint32_t> done;
  if (!parts.empty()) {
    SweepTable const earlier = merge_sweeps(parts, false);
    if (earlier.toml != empty.toml || earlier.profiles != empty.profiles) {
      throw InputError(folder.string() + ": holds parts of another sweep (the configuration or a " +
                       "device profile changed since) run without --resume");
    }
    for (SweepRow const& row : earlier.rows) done.insert(row.point);
  }
  std::vector<SweepPoint> points = shard_points(config, options.shard);
  std::size_t const mine = points.size();
  std::erase_if(points, [&](SweepPoint const& point) { return done.contains(point.point); });

  Progress progress("sweep", "points", mine);
  WhatIf what_if(config);
  for (std::size_t first = 0; first < points.size(); first += options.points_per_part) {
    std::size_t const last = std::min(points.size(), first + options.points_per_part);
    SweepTable part = empty;
    add_rows(config, what_if,
             {points.begin() + static_cast<std::ptrdiff_t>(first),
              points.begin() + static_cast<std::ptrdiff_t>(last)},
             part);
    parts.push_back((folder / fmt::format("part-{:08}.h5", part.rows[0].point)).string());
    write_sweep(parts.back(), part);
    progress.update(mine - points.size() + last);
  }
  SweepTable table = parts.empty() ? empty : merge_sweeps(parts, options.shard.count == 1);
  write_sweep(path, table);
  std::error_code ignored;  // left-over parts cost space, nothing else
  fs::remove_all(folder, ignored);
  return table;
}

}  // namespace fluxscope::sim

#include "profiler/probe/decode.hpp"

#include <algorithm>
#include <cmath>

namespace fluxscope::profiler {
namespace {

/// Warps of one CTA that entered and ended; the CTA's life spans them.
struct Cta {
  bool present = false;
  std::uint32_t sm = 0;
  std::int64_t in_ns = 0;
  std::int64_t out_ns = 0;
  std::uint64_t in_cyc = 0;  ///< first warp's entry
};

Cta find_cta(std::span<kernels::WarpRecord const> warps, LaunchClock const& clock) {
  Cta cta;
  for (kernels::WarpRecord const& warp : warps) {
    if (!ended(warp)) continue;
    std::int64_t const in_ns = clock.entry_ns(warp);
    std::int64_t const out_ns = std::max(in_ns, clock.exit_ns(warp));
    if (!cta.present) {
      cta = {true, warp.sm, in_ns, out_ns, warp.in_clock_cyc};
      continue;
    }
    cta.in_ns = std::min(cta.in_ns, in_ns);
    cta.out_ns = std::max(cta.out_ns, out_ns);
    cta.in_cyc = std::min(cta.in_cyc, warp.in_clock_cyc);
  }
  return cta;
}

std::int64_t union_length(std::vector<std::pair<std::int64_t, std::int64_t>> intervals) {
  std::sort(intervals.begin(), intervals.end());
  std::int64_t length = 0;
  std::int64_t covered_to = 0;
  bool first = true;
  for (auto const& [begin, end] : intervals) {
    std::int64_t const from = first ? begin : std::max(begin, covered_to);
    if (end > from) length += end - from;
    covered_to = first ? end : std::max(covered_to, end);
    first = false;
  }
  return length;
}

class Decoder {
 public:
  Decoder(ProbedLaunch const& launch, ClockCalibration const& calibration, double tick_ns)
      : launch_(launch),
        sm_count_(static_cast<std::uint32_t>(calibration.sms.size())),
        warps_(known_warps()),
        clock_(warps_, calibration, tick_ns) {}

  LaunchTimeline decode() {
    count_dropped_warps();
    decode_ctas();
    decode_tiles();
    decode_sms();
    return std::move(timeline_);
  }

 private:
  /// A record whose SM id cannot be is treated as one that never ended.
  std::vector<kernels::WarpRecord> known_warps() const {
    std::vector<kernels::WarpRecord> warps(launch_.warps.begin(), launch_.warps.end());
    for (kernels::WarpRecord& warp : warps) {
      if (warp.sm >= sm_count_) warp = {};
    }
    return warps;
  }

  void count_dropped_warps() {
    std::size_t const expected = std::size_t{launch_.grid_ctas} * launch_.warps_per_cta;
    std::size_t written = 0;
    for (kernels::WarpRecord const& warp : warps_) {
      if (!ended(warp)) continue;
      ++written;
      timeline_.dropped += warp.tiles_attempted - warp.tiles_written;
    }
    timeline_.dropped += expected - written;
  }

  [[nodiscard]] std::span<kernels::WarpRecord const> warps_of(std::uint32_t cta) const {
    std::size_t const begin = std::size_t{cta} * launch_.warps_per_cta;
    if (begin >= warps_.size()) return {};
    return std::span(warps_).subspan(
        begin, std::min<std::size_t>(launch_.warps_per_cta, warps_.size() - begin));
  }

  void decode_ctas() {
    for (std::uint32_t index = 0; index < launch_.grid_ctas; ++index) {
      auto const warps = warps_of(index);
      Cta const cta = find_cta(warps, clock_);
      ctas_.push_back(cta);
      if (!cta.present) continue;
      timeline_.ctas.push_back({.launch_id = launch_.launch_id,
                                .cta = index,
                                .sm = cta.sm,
                                .t_in_ns = cta.in_ns,
                                .t_out_ns = cta.out_ns});
      for (std::size_t warp = 0; warp < warps.size(); ++warp) {
        if (!ended(warps[warp])) continue;
        timeline_.warps.push_back(
            {.launch_id = launch_.launch_id,
             .cta = index,
             .warp = static_cast<std::uint16_t>(warp),
             .in_cyc = static_cast<std::uint32_t>(warps[warp].in_clock_cyc - cta.in_cyc),
             .out_cyc = static_cast<std::uint32_t>(warps[warp].out_clock_cyc - cta.in_cyc)});
      }
    }
  }

  void decode_tiles() {
    std::vector<std::uint32_t> tiles_of_cta(launch_.grid_ctas, 0);
    std::vector<std::uint32_t> last_tile(launch_.grid_ctas, traces::kNoRow);
    std::vector<TileDuration> durations;
    for (std::uint32_t tile = 0; tile < launch_.tiles.size(); ++tile) {
      kernels::TileRecord const& record = launch_.tiles[tile];
      if (record.end_clock_cyc == 0 || record.cta >= launch_.grid_ctas || record.sm >= sm_count_) {
        continue;  // never written: counted by its warp
      }
      ++tiles_of_cta[record.cta];
      last_tile[record.cta] = tile;
      auto const cycles = static_cast<double>(record.end_clock_cyc - record.begin_clock_cyc);
      durations.push_back({plan::visited_blocks(launch_.plan_tiles[tile]),
                           cycles * clock_.slope_ns_per_cyc(record.sm)});
      add_work(tile, record);
    }
    timeline_.tile_times = summarize_tiles(launch_.launch_id, std::move(durations));
    bool const one_each = std::all_of(tiles_of_cta.begin(), tiles_of_cta.end(),
                                      [](std::uint32_t count) { return count <= 1; });
    if (one_each) timeline_.work.clear();
    for (traces::CtaRecord& cta : timeline_.ctas) {
      if (tiles_of_cta[cta.cta] == 1) cta.tile = last_tile[cta.cta];
    }
  }

  void add_work(std::uint32_t tile, kernels::TileRecord const& record) {
    auto const warps = warps_of(record.cta);
    if (warps.empty() || !ended(warps[0])) return;
    timeline_.work.push_back({.launch_id = launch_.launch_id,
                              .tile = tile,
                              .cta = record.cta,
                              .sm = record.sm,
                              .t_begin_ns = clock_.inside_ns(warps[0], record.begin_clock_cyc),
                              .t_end_ns = clock_.inside_ns(warps[0], record.end_clock_cyc)});
  }

  void decode_sms() {
    std::vector<std::vector<std::pair<std::int64_t, std::int64_t>>> lives(sm_count_);
    for (Cta const& cta : ctas_) {
      if (cta.present) lives[cta.sm].emplace_back(cta.in_ns, cta.out_ns);
    }
    for (std::uint32_t sm = 0; sm < sm_count_; ++sm) {
      traces::SmRecord row{.launch_id = launch_.launch_id,
                           .sm = sm,
                           .ctas = static_cast<std::uint32_t>(lives[sm].size()),
                           .u_ns = static_cast<float>(clock_.uncertainty_ns(sm))};
      for (auto const& [in_ns, out_ns] : lives[sm]) {
        bool const first = row.first_in_ns == traces::kMissingNs;
        row.first_in_ns = first ? in_ns : std::min(row.first_in_ns, in_ns);
        row.last_out_ns = first ? out_ns : std::max(row.last_out_ns, out_ns);
        row.slot_busy_ns += out_ns - in_ns;
      }
      row.busy_ns = union_length(lives[sm]);
      add_to_launch(row);
      timeline_.sms.push_back(row);
    }
    timeline_.busy_mean_cyc /= sm_count_;
  }

  void add_to_launch(traces::SmRecord const& row) {
    if (row.ctas == 0) return;
    double const cycles = static_cast<double>(row.busy_ns) / clock_.slope_ns_per_cyc(row.sm);
    timeline_.busy_mean_cyc += cycles;
    timeline_.busy_max_cyc = std::max(timeline_.busy_max_cyc, cycles);
    bool const first = timeline_.first_cta_ns == traces::kMissingNs;
    timeline_.first_cta_ns =
        first ? row.first_in_ns : std::min(timeline_.first_cta_ns, row.first_in_ns);
    timeline_.last_cta_ns =
        first ? row.last_out_ns : std::max(timeline_.last_cta_ns, row.last_out_ns);
  }

  ProbedLaunch const& launch_;
  std::uint32_t sm_count_;
  std::vector<kernels::WarpRecord> warps_;
  LaunchClock clock_;
  std::vector<Cta> ctas_;
  LaunchTimeline timeline_;
};

double nearest_rank(std::vector<double> const& sorted, double share) {
  auto const rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

}  // namespace

LaunchTimeline decode_probe(ProbedLaunch const& launch, ClockCalibration const& calibration,
                            double tick_ns) {
  return Decoder(launch, calibration, tick_ns).decode();
}

std::vector<traces::TileTimeRecord> summarize_tiles(std::uint32_t launch_id,
                                                    std::vector<TileDuration> durations) {
  std::sort(durations.begin(), durations.end(), [](auto const& a, auto const& b) {
    return std::pair(a.visited_blocks, a.duration_ns) < std::pair(b.visited_blocks, b.duration_ns);
  });
  std::vector<traces::TileTimeRecord> rows;
  for (std::size_t begin = 0; begin < durations.size();) {
    std::vector<double> group;
    double sum = 0;
    std::size_t end = begin;
    while (end < durations.size() &&
           durations[end].visited_blocks == durations[begin].visited_blocks) {
      sum += durations[end].duration_ns;
      group.push_back(durations[end++].duration_ns);
    }
    rows.push_back({.launch_id = launch_id,
                    .visited_blocks = durations[begin].visited_blocks,
                    .count = static_cast<std::uint32_t>(group.size()),
                    // Whole nanoseconds, as in all tables: digits below the clocks' own error would
                    // be half of a long prefill's file.
                    .mean_ns = std::round(sum / static_cast<double>(group.size())),
                    .min_ns = std::round(group.front()),
                    .p50_ns = std::round(nearest_rank(group, 0.50)),
                    .p99_ns = std::round(nearest_rank(group, 0.99)),
                    .max_ns = std::round(group.back())});
    begin = end;
  }
  return rows;
}

}  // namespace fluxscope::profiler

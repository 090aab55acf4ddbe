#include "profiler/probe/decode.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runs/launch/only_tiles.hpp"
#include "runs/launch/tile_times.hpp"

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

constexpr double kPsPerNs = 1000;

/// As in all tables: digits below the clocks' own error would be half of a long prefill's file.
void round_to_ns(traces::TileTimeRecord& row) {
  for (double* const value : {&row.mean_ns, &row.min_ns, &row.p50_ns, &row.p99_ns, &row.max_ns}) {
    *value = std::round(*value);
  }
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
    std::vector<runs::CtaTile> ran;
    std::vector<runs::TileDuration> durations;
    for (std::uint32_t tile = 0; tile < launch_.tiles.size(); ++tile) {
      kernels::TileRecord const& record = launch_.tiles[tile];
      if (record.end_clock_cyc == 0 || record.end_clock_cyc < record.begin_clock_cyc ||
          record.cta >= launch_.grid_ctas || record.sm >= sm_count_) {
        continue;  // never written: counted by its warp
      }
      ran.push_back({record.cta, tile});
      double const duration_ns =
          static_cast<double>(record.end_clock_cyc - record.begin_clock_cyc) *
          clock_.slope_ns_per_cyc(record.sm);
      if (std::isfinite(duration_ns)) {
        durations.push_back(
            {plan::visited_blocks(launch_.plan_tiles[tile]), std::llround(duration_ns * kPsPerNs)});
      }
      if (!launch_.one_tile_per_cta) add_work(tile, record);
    }
    runs::set_only_tiles(timeline_.ctas, ran);
    timeline_.tile_times = runs::tile_times(std::move(durations));
    for (traces::TileTimeRecord& row : timeline_.tile_times) {
      row.launch_id = launch_.launch_id;
      round_to_ns(row);
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
    timeline_.sms = runs::sm_rows(timeline_.ctas, sm_count_);
    timeline_.window = runs::cta_window(timeline_.sms);
    for (traces::SmRecord& row : timeline_.sms) {
      row.launch_id = launch_.launch_id;
      row.u_ns = static_cast<float>(clock_.uncertainty_ns(row.sm));
      if (row.ctas == 0) continue;
      double const cycles = static_cast<double>(row.busy_ns) / clock_.slope_ns_per_cyc(row.sm);
      timeline_.busy_mean_cyc += cycles / sm_count_;
      timeline_.busy_max_cyc = std::max(timeline_.busy_max_cyc, cycles);
    }
  }

  ProbedLaunch const& launch_;
  std::uint32_t sm_count_;
  std::vector<kernels::WarpRecord> warps_;
  LaunchClock clock_;
  LaunchTimeline timeline_;
};

}  // namespace

LaunchTimeline decode_probe(ProbedLaunch const& launch, ClockCalibration const& calibration,
                            double tick_ns) {
  return Decoder(launch, calibration, tick_ns).decode();
}

}  // namespace fluxscope::profiler

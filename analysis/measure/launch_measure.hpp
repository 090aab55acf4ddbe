#pragma once
// What the metrics read of one probed or simulated launch.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/measure/durations.hpp"
#include "analysis/measure/rate_model.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// SM cycles by the hardware counters (M20): least, mean and most active SM. The counters run in a
/// pass of their own, over the whole kernel: launch and drain are in them, unlike in a window.
struct ActiveCycles {
  double min_cyc = 0;
  double avg_cyc = 0;
  double max_cyc = 0;
  double elapsed_cyc = 0;  ///< sm__cycles_elapsed.avg where the trace has it, else .max
};

/// The launch as it would be if all SMs ended together; see set_level_windows().
struct LevelWindow {
  std::optional<double> window_ns;  ///< nullopt: not resolved
  double u_ns = 0;                  ///< 68 %: spread of the fit, or of tail area and clocks
  bool shared = false;              ///< the fit found a limit that SMs share
  std::string reason;               ///< why there is no window, else empty
};

/// One launch on P SMs over its window [T0, T1] = first CTA entry to last CTA exit on the common
/// axis. Areas are summed over all P SMs of the device, used or not, in SM x ns;
/// useful + ramp + gap + tail = P (T1 - T0) exactly. Uncertainties are one standard deviation,
/// from /sm u_ns, SM errors independent.
struct LaunchMeasure {
  std::uint32_t launch_id = 0;
  std::uint32_t case_id = 0;
  std::uint32_t index = 0;
  std::string op;
  std::string kernel;
  std::string counted_as;  ///< traces::LaunchRecord::counted_as
  std::int32_t grid_ctas = 0;
  std::int32_t ctas_per_sm = 1;

  std::int64_t t0_ns = 0;
  std::int64_t t1_ns = 0;
  double window_ns = 0;
  double window_u_ns = 0;

  double useful_area_ns = 0;
  double ramp_area_ns = 0;
  double gap_area_ns = 0;
  double tail_area_ns = 0;
  double ramp_area_u_ns = 0;
  double tail_area_u_ns = 0;
  double tail_length_ns = 0;  ///< T1 - earliest last exit of any SM (T0 for an unused one)
  double tail_length_u_ns = 0;

  std::vector<double> busy_ns;  ///< [P] union of CTA-resident intervals per SM
  double slot_busy_ns = 0;      ///< sum of CTA lifetimes
  std::vector<SmSpan> spans;    ///< SMs that ran a CTA, since T0
  double tiles = 0;             ///< of /tile_times; 0: not in the trace
  double visited_blocks = 0;    ///< of all tiles
  LevelWindow level;
  Durations durations;
  std::optional<ActiveCycles> counters;

  [[nodiscard]] double sm_count() const { return static_cast<double>(busy_ns.size()); }
  [[nodiscard]] bool is_attention() const { return counted_as == "attention"; }
  [[nodiscard]] bool is_selection() const { return counted_as == "selection"; }
};

/// The launches of one case that are analysed: one repetition of the probed (or simulated) pass.
struct CaseMeasure {
  std::vector<LaunchMeasure> launches;   ///< by index; empty: nothing was probed
  std::vector<LaunchMeasure> attention;  ///< those that compute attention: what case metrics sum
  std::string reason;                    ///< why `attention` is empty, else empty
};

/// Measures of every case, by case_id. Of several probed repetitions, those whose CTA rows were
/// kept come first, then the one with the median sum of windows. A launch beside which another
/// kernel ran (`overlapped`) takes its repetition out. Launches without a case are in no measure.
[[nodiscard]] std::vector<CaseMeasure> measure_cases(traces::Trace const& trace);

}  // namespace fluxscope::analysis

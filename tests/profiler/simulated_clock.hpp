#pragma once
// Clocks of a simulated GPU: a globaltimer that steps, and a cycle counter per SM.

#include <cmath>
#include <cstdint>
#include <vector>

#include "profiler/clock/fit.hpp"

namespace fluxscope::profiler {

struct SimulatedSm {
  std::uint32_t sm = 0;
  double ns_per_cyc = 0.5;
  double clock_at_zero = 0;  ///< cycles at true time 0
  double tick_ns = 32;
  std::uint64_t base_ns = 1'800'000'000'000'000'000;  ///< like a real timer: no double holds it

  [[nodiscard]] std::uint64_t timer(double true_ns) const {
    return base_ns + static_cast<std::uint64_t>(std::floor(true_ns / tick_ns) * tick_ns);
  }
  [[nodiscard]] std::uint64_t clock(double true_ns) const {
    return static_cast<std::uint64_t>(std::llround(clock_at_zero + true_ns / ns_per_cyc));
  }
  [[nodiscard]] ClockAnchor anchor(double true_ns) const {
    return {timer(true_ns), clock(true_ns), sm, 0};
  }
};

/// Anchors at irregular moments begin + i * step + a golden-ratio offset below one tick.
inline std::vector<ClockAnchor> anchors_of(SimulatedSm const& sm, double begin_ns, double step_ns,
                                           int count) {
  std::vector<ClockAnchor> anchors;
  for (int i = 0; i < count; ++i) {
    double const jitter = std::fmod(0.6180339887 * i, 1.0) * sm.tick_ns;
    anchors.push_back(sm.anchor(begin_ns + i * step_ns + jitter));
  }
  return anchors;
}

}  // namespace fluxscope::profiler

#pragma once
// The same quantity by two instruments. Pure host code.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "traces/record/trace.hpp"

namespace fluxscope::profiler {

/// What the probe says of one launch of a case.
struct ProbeTotals {
  double busy_mean_cyc = 0;  ///< union of CTA lives, mean over all SMs
  double busy_max_cyc = 0;
  double span_ns = 0;  ///< first CTA's entry to last CTA's exit
};

/// Collects both sides per (case, launch index) over the passes.
class Crosschecks {
 public:
  void add_probe(std::uint32_t case_id, std::uint32_t launch_index, ProbeTotals const& totals);
  /// CUPTI's kernel duration.
  void add_activity(std::uint32_t case_id, std::uint32_t launch_index, double duration_ns);
  void add_counters(std::span<traces::CounterRecord const> counters);

  /// Rows where both sides are there: sm_busy_mean and sm_busy_max in cycles against
  /// sm__cycles_active.avg and .max; cupti_span in ns.
  [[nodiscard]] std::vector<traces::CrosscheckRecord> records() const;

 private:
  struct Sides {
    std::optional<ProbeTotals> probe;
    std::optional<double> duration_ns;
    std::optional<double> active_avg_cyc;
    std::optional<double> active_max_cyc;
  };
  std::map<std::pair<std::uint32_t, std::uint32_t>, Sides> sides_;
};

/// Empty within 5 %; otherwise the difference and why the two may differ.
[[nodiscard]] std::string difference_note(double probe, double other, std::string const& why);

}  // namespace fluxscope::profiler

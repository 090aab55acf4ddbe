#include "profiler/run/crosscheck.hpp"

#include <cmath>
#include <cstdio>

namespace fluxscope::profiler {
namespace {

constexpr double kAgreement = 0.05;

constexpr char kBusyWhy[] =
    "the counter sees the SM from the first CTA's dispatch to the last one's drain, the probe from "
    "its first to its last instruction; the two ran in different passes, at clocks of their own";
constexpr char kSpanWhy[] =
    "CUPTI's span includes launch and drain around the CTAs (about a microsecond, much of a short "
    "kernel); the two ran in different passes, at clocks of their own";

}  // namespace

std::string difference_note(double probe, double other, std::string const& why) {
  double const ratio = probe / other - 1;
  if (std::abs(ratio) <= kAgreement) return {};
  char percent[32];
  std::snprintf(percent, sizeof percent, "%+.1f %%: ", 100 * ratio);
  return percent + why;
}

void Crosschecks::add_probe(std::uint32_t case_id, std::uint32_t launch_index,
                            ProbeTotals const& totals) {
  sides_[{case_id, launch_index}].probe = totals;
}

void Crosschecks::add_activity(std::uint32_t case_id, std::uint32_t launch_index,
                               double duration_ns) {
  sides_[{case_id, launch_index}].duration_ns = duration_ns;
}

void Crosschecks::add_counters(std::span<traces::CounterRecord const> counters) {
  for (traces::CounterRecord const& counter : counters) {
    Sides& sides = sides_[{counter.case_id, counter.launch_index}];
    if (counter.name == "sm__cycles_active.avg") sides.active_avg_cyc = counter.value;
    if (counter.name == "sm__cycles_active.max") sides.active_max_cyc = counter.value;
  }
}

std::vector<traces::CrosscheckRecord> Crosschecks::records() const {
  std::vector<traces::CrosscheckRecord> rows;
  for (auto const& [key, sides] : sides_) {
    if (!sides.probe.has_value()) continue;
    auto const add = [&](char const* name, double probe, std::optional<double> other,
                         char const* unit, char const* why) {
      if (!other.has_value()) return;
      rows.push_back({.case_id = key.first,
                      .launch_index = key.second,
                      .name = name,
                      .probe_value = probe,
                      .other_value = *other,
                      .unit = unit,
                      .note = difference_note(probe, *other, why)});
    };
    add("sm_busy_mean", sides.probe->busy_mean_cyc, sides.active_avg_cyc, "cycle", kBusyWhy);
    add("sm_busy_max", sides.probe->busy_max_cyc, sides.active_max_cyc, "cycle", kBusyWhy);
    add("cupti_span", sides.probe->span_ns, sides.duration_ns, "ns", kSpanWhy);
  }
  return rows;
}

}  // namespace fluxscope::profiler

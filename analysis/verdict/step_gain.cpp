#include "analysis/verdict/step_gain.hpp"

#include <cmath>
#include <map>
#include <string_view>
#include <tuple>

#include "analysis/verdict/comparable.hpp"

namespace fluxscope::analysis {
namespace {

using Key = std::tuple<Shape, std::string_view, std::uint32_t, std::uint32_t, std::int32_t>;

Key key_of(traces::Trace const& trace, traces::StepRecord const& step) {
  return {shape_of(trace.rows[step.row_id]), step.mode, step.chunk, step.chunks, step.ranks};
}

/// The full steps of one key.
struct FullSteps {
  std::map<std::string_view, std::uint32_t> of_scheduler;
  std::optional<std::uint32_t> quickest;
};

std::map<Key, FullSteps> full_steps(traces::Trace const& trace) {
  std::map<Key, FullSteps> found;
  for (traces::StepRecord const& step : trace.steps) {
    traces::RowRecord const& row = trace.rows[step.row_id];
    if (row.level != "full" || !std::isfinite(step.time_ns)) continue;
    FullSteps& full = found[key_of(trace, step)];
    full.of_scheduler.emplace(row.scheduler, step.step_id);
    bool const quicker = !full.quickest || step.time_ns < trace.steps[*full.quickest].time_ns;
    if (quicker) full.quickest = step.step_id;
  }
  return found;
}

std::optional<std::uint32_t> full_of(traces::Trace const& trace, traces::StepRecord const& step,
                                     std::map<Key, FullSteps> const& full) {
  auto const found = full.find(key_of(trace, step));
  if (found == full.end()) return std::nullopt;
  auto const same = found->second.of_scheduler.find(trace.rows[step.row_id].scheduler);
  return same != found->second.of_scheduler.end() ? same->second : found->second.quickest;
}

StepGain gain_of(traces::StepRecord const& step, std::optional<std::uint32_t> full,
                 std::span<StepBudget const> budgets) {
  StepBudget const& own = budgets[step.step_id];
  StepGain gain{.full_step = full, .time_ns = own.time_ns};
  if (!full) {
    gain.reason = "the trace holds no full step of the same lengths and mode";
    return gain;
  }
  StepBudget const& all = budgets[*full];
  gain.full_ns = all.time_ns;
  gain.step_speedup = all.time_ns / own.time_ns;
  gain.known = own.known && all.known;
  gain.reason = !own.known ? own.reason : all.reason;
  if (!gain.known) return gain;
  for (std::size_t part = 0; part < kStepParts; ++part) {
    gain.gains_ns[part] = all.parts_ns[part] - own.parts_ns[part];
  }
  auto const attention = static_cast<std::size_t>(StepPart::attention);
  gain.attention_speedup = all.parts_ns[attention] / own.parts_ns[attention];
  return gain;
}

}  // namespace

std::vector<StepGain> step_gains(traces::Trace const& trace, std::span<StepBudget const> budgets) {
  auto const full = full_steps(trace);
  std::vector<StepGain> gains;
  for (traces::StepRecord const& step : trace.steps) {
    gains.push_back(gain_of(step, full_of(trace, step, full), budgets));
  }
  return gains;
}

}  // namespace fluxscope::analysis

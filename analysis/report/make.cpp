#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "analysis/measure/level_window.hpp"
#include "analysis/measure/statistics.hpp"
#include "analysis/report/beyond_ideal.hpp"
#include "analysis/report/report.hpp"
#include "base/build_info.hpp"
#include "base/error.hpp"
#include "base/statistics.hpp"
#include "traces/pass.hpp"

namespace fluxscope::analysis {
namespace {

using traces::Trace;

constexpr double kAgreement = 0.05;
// The page stays below 6 MB: a bar takes some 40 bytes of it.
constexpr std::size_t kTimelines = 24;
constexpr std::size_t kBars = 30000;
constexpr std::size_t kBarsOfOneTimeline = 5000;

std::vector<MetricValue> all_metrics(std::span<LaunchMeasure const> launches) {
  std::vector<MetricValue> values;
  for (auto const& metric : metric_table()) values.push_back(metric.compute(launches));
  return values;
}

std::string crosscheck_reason(Trace const& trace) {
  if (trace.run.source == "simulated") return "a simulated trace has no second instrument";
  for (auto const& pass : trace.passes) {
    if (pass.pass == traces::Pass::counters && !pass.present) return "no counters: " + pass.reason;
  }
  return "the trace holds none for this case";
}

CrosscheckReport crosscheck_report(traces::CrosscheckRecord const& record) {
  CrosscheckReport report{record, std::numeric_limits<double>::infinity(), false};
  if (record.other_value != 0 && std::isfinite(record.probe_value / record.other_value)) {
    report.difference_ratio = record.probe_value / record.other_value - 1;
  }
  report.agrees = std::abs(report.difference_ratio) <= kAgreement;
  return report;
}

/// Without what the tables that are keyed by case say of it.
CaseReport case_report(traces::CaseRecord const& record, CaseMeasure const& measure) {
  CaseReport report;
  report.record = record;
  report.metrics = all_metrics(measure.attention);
  report.reorder = reorder_bound(measure.attention);
  for (auto const& launch : measure.launches) {
    report.launches.push_back({launch.launch_id, launch.index, launch.op, launch.window_ns,
                               all_metrics(std::span(&launch, 1))});
  }
  return report;
}

/// Adds the tables that are keyed by case, one pass over each.
void add_case_tables(Trace const& trace, std::span<double const> overheads,
                     std::vector<CaseReport>& cases) {
  auto const reason = crosscheck_reason(trace);
  for (auto& of_case : cases) of_case.crosscheck_reason = reason;
  for (auto const& record : trace.crosschecks) {
    auto& of_case = cases.at(record.case_id);
    of_case.crosschecks.push_back(crosscheck_report(record));
    of_case.crosscheck_reason.clear();
  }
  for (auto const& sample : trace.samples) {
    if (sample.pass != traces::Pass::timing) continue;
    auto& of_case = cases.at(sample.case_id);
    ++(sample.dropped ? of_case.samples_dropped : of_case.samples_kept);
  }
  for (auto const& overhead : trace.overheads) {
    auto& of_case = cases.at(overhead.case_id);
    of_case.overhead_measured = true;
    of_case.occupancy_changed |= overhead.occupancy_changed;
    of_case.probe_overhead_ratio = overheads[overhead.case_id];
  }
}

/// Tile times of the launches that have a timeline.
void add_tile_times(Trace const& trace, TraceReport& report) {
  std::set<std::uint32_t> drawn;
  for (auto const& timeline : report.timelines) drawn.insert(timeline.launch_id);
  for (auto const& group : trace.tile_times) {
    if (!drawn.contains(group.launch_id)) continue;
    report.cases.at(trace.launches[group.launch_id].case_id).tile_times.push_back(group);
  }
}

Validity validity_of(Trace const& trace, std::span<CaseReport const> cases) {
  Validity validity;
  std::set<std::string> reasons;
  for (auto const& sample : trace.samples) {
    if (sample.pass != traces::Pass::timing) continue;
    ++(sample.dropped ? validity.samples_dropped : validity.samples_kept);
    if (sample.dropped) reasons.insert(sample.drop_reason);
  }
  validity.drop_reasons.assign(reasons.begin(), reasons.end());
  std::vector<double> overheads;
  auto const tail =
      static_cast<std::size_t>(&metric_named("tail_area_ratio") - metric_table().data());
  for (auto const& of_case : cases) {
    if (of_case.overhead_measured) overheads.push_back(of_case.probe_overhead_ratio);
    validity.crosschecks += of_case.crosschecks.size();
    for (auto const& check : of_case.crosschecks) validity.crosschecks_agree += check.agrees;
    auto const& value = of_case.metrics[tail];
    validity.insignificant_tails += value.value.has_value() && !value.significant;
    validity.unprobed_cases += !value.value.has_value();
  }
  validity.overhead_cases = overheads.size();
  if (!overheads.empty()) {
    validity.overhead_median_ratio = median(overheads);
    validity.overhead_max_ratio = max_of(overheads);
  }
  validity.launches_without_case = static_cast<std::size_t>(
      std::count_if(trace.launches.begin(), trace.launches.end(),
                    [](auto const& launch) { return launch.case_id == traces::kNoRow; }));
  for (auto const& sm : trace.sms) {
    validity.alignment_max_u_ns =
        std::max(validity.alignment_max_u_ns, static_cast<double>(sm.u_ns));
  }
  return validity;
}

/// Timelines of one of `traces` traces, which share the page's room for them.
std::vector<LaunchTimeline> timelines_of(Trace const& trace, std::span<CaseMeasure const> measures,
                                         std::size_t traces) {
  std::vector<LaunchMeasure const*> launches;
  for (auto id :
       representative_cases(trace, measures, std::max<std::size_t>(kTimelines / traces, 1))) {
    for (auto const& launch : measures[id].attention) launches.push_back(&launch);
  }
  std::vector<LaunchTimeline> timelines;
  if (launches.empty()) return timelines;
  TimelineRows const rows(trace);
  for (auto const* launch : launches) {
    auto const bars = std::min(kBarsOfOneTimeline, kBars / traces / launches.size());
    timelines.push_back(launch_timeline(rows, *launch, std::max<std::size_t>(bars, 1)));
  }
  return timelines;
}

std::vector<StepReport> step_reports(Trace const& trace) {
  auto const budgets = step_budgets(trace);
  auto const gains = step_gains(trace, budgets);
  std::vector<StepReport> reports;
  for (std::size_t i = 0; i < trace.steps.size(); ++i) {
    reports.push_back({trace.steps[i], budgets[i], gains[i]});
  }
  return reports;
}

TraceReport trace_report(Trace const& trace, std::string const& label, std::size_t traces) {
  TraceReport report;
  report.label = label;
  report.run = trace.run;
  report.device = trace.device;
  report.clock = trace.clock;
  report.complete = trace.complete;
  report.passes = trace.passes;
  report.losses = trace.losses;
  auto measures = measure_cases(trace);
  set_level_windows(trace, measures);
  auto const overheads = probe_overheads(trace);
  std::vector<CaseBudget> budgets;
  for (std::uint32_t id = 0; id < trace.cases.size(); ++id) {
    report.cases.push_back(case_report(trace.cases[id], measures[id]));
    budgets.push_back(case_budget(trace.cases[id], measures[id], overheads[id]));
  }
  auto const waterfalls = case_waterfalls(trace, budgets);
  for (std::uint32_t id = 0; id < trace.cases.size(); ++id) {
    report.cases[id].budget = budgets[id];
    report.cases[id].waterfall = waterfalls[id];
  }
  add_case_tables(trace, overheads, report.cases);
  report.steps = step_reports(trace);
  report.validity = validity_of(trace, report.cases);
  report.verdict = make_verdict(trace, measures, budgets, waterfalls);
  for (auto& note : beyond_ideal_notes(report.verdict)) {
    report.verdict.notes.push_back(std::move(note));
  }
  report.timelines = timelines_of(trace, measures, traces);
  add_tile_times(trace, report);
  return report;
}

bool share_a_case(Trace const& a, Trace const& b) {
  std::set<std::string> names;
  for (auto const& record : a.cases) names.insert(record.name);
  return std::any_of(b.cases.begin(), b.cases.end(),
                     [&](auto const& record) { return names.contains(record.name); });
}

}  // namespace

std::string without_case_text(Validity const& validity) {
  if (validity.launches_without_case == 0) return "";
  return std::to_string(validity.launches_without_case) +
         " launches belong to no case, as fluxscope did not plan them: they are in the trace and "
         "its exports, and in no metric or verdict";
}

Report make_report(std::span<Trace const> traces, std::span<std::string const> labels) {
  expects(traces.size() == labels.size(), "one label per trace");
  Report report;
  report.created = utc_now();
  report.generator_version = build_info().git_hash;
  for (std::size_t i = 0; i < traces.size(); ++i) {
    report.traces.push_back(trace_report(traces[i], labels[i], traces.size()));
  }
  for (std::size_t m = 0; m < traces.size(); ++m) {
    for (std::size_t s = 0; s < traces.size(); ++s) {
      if (traces[m].run.source != "measured" || traces[s].run.source != "simulated") continue;
      if (!same_device(traces[m].device, traces[s].device)) continue;
      if (!share_a_case(traces[m], traces[s])) continue;
      report.comparisons.push_back(compare(traces[m], traces[s], labels[m], labels[s]));
    }
  }
  return report;
}

}  // namespace fluxscope::analysis

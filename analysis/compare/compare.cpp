#include "analysis/compare/compare.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>

#include "analysis/measure/launch_measure.hpp"
#include "analysis/measure/statistics.hpp"
#include "analysis/metrics/metric.hpp"
#include "base/error.hpp"
#include "base/statistics.hpp"

namespace fluxscope::analysis {
namespace {

using traces::CaseRecord;
using traces::Trace;

constexpr std::array kFormulas = {
    FormulaRow{"error_ratio", "1", "simulated / measured - 1", "Of clean case times."},
    FormulaRow{"mape_ratio", "1", "mean_cases abs(error)", ""},
    FormulaRow{"median_ratio", "1", "median_cases abs(error)", ""},
    FormulaRow{"p90_ratio", "1", "p90_cases abs(error)", "Smallest error not below 90 % of them."},
    FormulaRow{"bias_ratio", "1", "mean_cases error", "Positive: the model is too slow."},
    FormulaRow{"tail_area_difference", "1", "tail_simulated - tail_measured",
               "Absolute difference of M7."},
    FormulaRow{"load_correlation", "1", "Pearson(sorted b_p measured, sorted b_p simulated)",
               "SM numbers carry no meaning across the two, so loads are sorted first."},
};

std::vector<double> sorted_loads(CaseMeasure const& measure) {
  std::vector<double> loads;
  for (auto const& launch : measure.attention) {
    if (loads.empty()) loads.assign(launch.busy_ns.size(), 0.0);
    if (loads.size() != launch.busy_ns.size()) return {};
    for (std::size_t sm = 0; sm < loads.size(); ++sm) loads[sm] += launch.busy_ns[sm];
  }
  std::sort(loads.begin(), loads.end());
  return loads;
}

std::optional<double> load_correlation(CaseMeasure const& a, CaseMeasure const& b) {
  auto const loads_a = sorted_loads(a);
  auto const loads_b = sorted_loads(b);
  if (loads_a.empty() || loads_a.size() != loads_b.size()) return std::nullopt;
  double const correlation = correlation_of(loads_a, loads_b);
  return std::isfinite(correlation) ? std::optional(correlation) : std::nullopt;
}

CaseError error_of(CaseRecord const& measured, CaseRecord const& simulated,
                   CaseMeasure const& measured_loads, CaseMeasure const& simulated_loads) {
  static auto const& tail_area = metric_named("tail_area_ratio");
  CaseError error;
  error.name = measured.name;
  error.phase = measured.phase;
  error.execution = measured.execution;
  error.scheduler = measured.scheduler;
  error.batch = measured.batch;
  error.kv_len = measured.kv_len;
  error.provenance = simulated.provenance;
  error.measured_ns = measured.time_ns;
  error.simulated_ns = simulated.time_ns;
  error.error_ratio = simulated.time_ns / measured.time_ns - 1;
  error.tail_area_measured = tail_area.compute(measured_loads.attention).value;
  error.tail_area_simulated = tail_area.compute(simulated_loads.attention).value;
  if (error.tail_area_measured && error.tail_area_simulated) {
    error.tail_area_difference = *error.tail_area_simulated - *error.tail_area_measured;
  }
  error.load_correlation = load_correlation(measured_loads, simulated_loads);
  return error;
}

/// Launches and tiles of both are known and differ.
bool planned_otherwise(CaseRecord const& a, CaseRecord const& b) {
  if (a.tiles == 0 || b.tiles == 0) return false;
  return std::tie(a.launches, a.tiles, a.longest_tile_blocks) !=
         std::tie(b.launches, b.tiles, b.longest_tile_blocks);
}

std::string held_out_group(CaseError const& error) {
  if (error.provenance == "calibrated" || error.provenance == "measured") return "fitted on";
  bool const held_out = error.provenance == "interpolated" || error.provenance == "extrapolated" ||
                        error.provenance == "transferred";
  return held_out ? "held out" : "not stated";
}

ErrorSummary summarise(std::string group, std::string value,
                       std::span<CaseError const* const> cases) {
  ErrorSummary summary;
  summary.group = std::move(group);
  summary.value = std::move(value);
  summary.cases = cases.size();
  std::vector<double> absolute;
  std::vector<double> tails;
  double signed_sum = 0;
  for (auto const* error : cases) {
    absolute.push_back(std::abs(error->error_ratio));
    signed_sum += error->error_ratio;
    if (error->tail_area_difference) tails.push_back(std::abs(*error->tail_area_difference));
  }
  summary.mape_ratio = mean_of(absolute);
  summary.median_ratio = median(absolute);
  summary.p90_ratio = quantile_of(absolute, 0.9);
  summary.bias_ratio = signed_sum / static_cast<double>(cases.size());
  auto const worst = std::max_element(absolute.begin(), absolute.end()) - absolute.begin();
  summary.worst_case = cases[static_cast<std::size_t>(worst)]->name;
  if (!tails.empty()) {
    summary.tail_mean_difference = mean_of(tails);
    summary.tail_max_difference = max_of(tails);
  }
  return summary;
}

using GroupOf = std::string (*)(CaseError const&);

void add_group(std::vector<ErrorSummary>& summaries, std::span<CaseError const> cases,
               char const* group, GroupOf value_of) {
  std::map<std::string, std::vector<CaseError const*>> members;
  for (auto const& error : cases) members[value_of(error)].push_back(&error);
  std::vector<ErrorSummary> found;
  for (auto const& [value, list] : members) found.push_back(summarise(group, value, list));
  if (std::string_view(group) == "kv_len") {
    std::sort(found.begin(), found.end(),
              [](auto const& a, auto const& b) { return std::stol(a.value) < std::stol(b.value); });
  }
  summaries.insert(summaries.end(), found.begin(), found.end());
}

std::vector<ErrorSummary> summarise_all(std::span<CaseError const> cases) {
  std::vector<ErrorSummary> summaries;
  add_group(summaries, cases, "all", [](CaseError const&) { return std::string("all"); });
  add_group(summaries, cases, "held_out", held_out_group);
  add_group(summaries, cases, "provenance", [](CaseError const& e) {
    return e.provenance.empty() ? std::string("not stated") : e.provenance;
  });
  add_group(summaries, cases, "phase", [](CaseError const& e) { return e.phase; });
  add_group(summaries, cases, "execution", [](CaseError const& e) { return e.execution; });
  add_group(summaries, cases, "scheduler", [](CaseError const& e) { return e.scheduler; });
  add_group(summaries, cases, "kv_len",
            [](CaseError const& e) { return std::to_string(e.kv_len); });
  return summaries;
}

}  // namespace

ComparisonKind comparison_kind(std::string_view reference, std::string_view other) {
  if (reference == "simulated") return ComparisonKind::two_models;
  return other == "simulated" ? ComparisonKind::model_error : ComparisonKind::two_measurements;
}

ComparisonWords const& comparison_words(ComparisonKind kind) {
  static constexpr std::array<ComparisonWords, 3> kWords = {{
      {"model_error", "measured", "simulated", "error", ""},
      {"two_models", "first", "second", "difference",
       "Both traces are simulated: what follows is the difference between two models, not an "
       "error."},
      {"two_measurements", "first", "second", "difference",
       "Both traces are measured: what follows is the difference between two measurements."},
  }};
  return kWords.at(static_cast<std::size_t>(kind));
}

bool same_device(traces::DeviceInfo const& a, traces::DeviceInfo const& b) {
  double const larger = static_cast<double>(std::max(a.hbm_bytes_per_s, b.hbm_bytes_per_s));
  double const smaller = static_cast<double>(std::min(a.hbm_bytes_per_s, b.hbm_bytes_per_s));
  return a.chip == b.chip && a.sm_count == b.sm_count && larger <= 1.1 * smaller;
}

Comparison compare(Trace const& measured, Trace const& simulated, std::string const& measured_label,
                   std::string const& simulated_label) {
  Comparison result;
  result.kind = comparison_kind(measured.run.source, simulated.run.source);
  result.measured_source = measured.run.source;
  result.simulated_source = simulated.run.source;
  result.measured_label = measured_label;
  result.simulated_label = simulated_label;
  result.measured_device = measured.device.name;
  result.simulated_device = simulated.device.name;
  result.same_device = same_device(measured.device, simulated.device);
  auto const measured_loads = measure_cases(measured);
  auto const simulated_loads = measure_cases(simulated);
  std::map<std::string, std::size_t> partners;
  for (std::size_t i = 0; i < simulated.cases.size(); ++i) {
    if (std::isfinite(simulated.cases[i].time_ns)) partners.emplace(simulated.cases[i].name, i);
  }
  for (std::size_t i = 0; i < measured.cases.size(); ++i) {
    auto const& record = measured.cases[i];
    auto const partner = partners.find(record.name);
    if (partner == partners.end() || !(record.time_ns > 0)) {
      result.only_measured.push_back(record.name);
      continue;
    }
    if (result.same_device && planned_otherwise(record, simulated.cases[partner->second])) {
      result.other_plan.push_back(record.name);
      partners.erase(partner);
      continue;
    }
    result.cases.push_back(error_of(record, simulated.cases[partner->second], measured_loads[i],
                                    simulated_loads[partner->second]));
    partners.erase(partner);
  }
  for (auto const& [name, index] : partners) result.only_simulated.push_back(name);
  result.steps = compare_steps(measured, simulated);
  if (result.cases.empty() && result.steps.steps.empty()) {
    throw InputError(measured_label + " and " + simulated_label +
                     ": no case is in both (cases are joined by name, and must have the same "
                     "launches) simulate the experiment that was profiled");
  }
  result.summaries = summarise_all(result.cases);
  return result;
}

std::span<FormulaRow const> comparison_formulas() { return kFormulas; }

}  // namespace fluxscope::analysis

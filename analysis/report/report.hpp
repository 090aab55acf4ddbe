#pragma once
// The report: all numbers in one struct; HTML, Markdown, JSON and terminal text are views of it.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/compare/compare.hpp"
#include "analysis/measure/case_budget.hpp"
#include "analysis/measure/step_budget.hpp"
#include "analysis/measure/timeline.hpp"
#include "analysis/metrics/metric.hpp"
#include "analysis/metrics/reorder.hpp"
#include "analysis/verdict/step_gain.hpp"
#include "analysis/verdict/verdict.hpp"
#include "analysis/verdict/waterfall.hpp"
#include "base/output/file_kind.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// Metrics of one analysed launch, in the order of metric_table().
struct LaunchReport {
  std::uint32_t launch_id = 0;
  std::uint32_t index = 0;
  std::string op;
  double window_ns = 0;
  std::vector<MetricValue> metrics;
};

/// The same quantity by two instruments.
struct CrosscheckReport {
  traces::CrosscheckRecord record;
  double difference_ratio = 0;  ///< probe / other - 1; infinite where the other is 0
  bool agrees = false;          ///< within 5 %
};

struct CaseReport {
  traces::CaseRecord record;
  std::vector<MetricValue> metrics;  ///< over the attention launches, order of metric_table()
  CaseBudget budget;
  Waterfall waterfall;
  ReorderBound reorder;
  std::vector<LaunchReport> launches;
  std::vector<CrosscheckReport> crosschecks;
  std::string crosscheck_reason;                   ///< why there are none, else empty
  std::vector<traces::TileTimeRecord> tile_times;  ///< attention launches of cases with a timeline
  double probe_overhead_ratio = 0;
  bool overhead_measured = false;
  bool occupancy_changed = false;
  std::uint32_t samples_kept = 0;
  std::uint32_t samples_dropped = 0;
};

struct StepReport {
  traces::StepRecord record;
  StepBudget budget;
  StepGain gain;
};

/// What to know before believing a number.
struct Validity {
  std::uint64_t samples_kept = 0;
  std::uint64_t samples_dropped = 0;
  std::vector<std::string> drop_reasons;  ///< distinct
  double overhead_median_ratio = 0;
  double overhead_max_ratio = 0;
  std::size_t overhead_cases = 0;
  double alignment_max_u_ns = 0;  ///< largest u_ns of any SM row
  std::size_t crosschecks = 0;
  std::size_t crosschecks_agree = 0;
  std::size_t insignificant_tails = 0;  ///< cases whose tail is below 3 uncertainties
  std::size_t unprobed_cases = 0;
  std::size_t launches_without_case = 0;  ///< of a program that fluxscope did not plan
};

/// Says that launches have no case and what follows; empty where every launch has one.
[[nodiscard]] std::string without_case_text(Validity const& validity);

struct TraceReport {
  std::string label;  ///< file name
  traces::RunInfo run;
  traces::DeviceInfo device;
  traces::ClockInfo clock;
  bool complete = false;
  std::vector<traces::PassRecord> passes;
  std::vector<traces::LossRecord> losses;
  Validity validity;
  std::vector<CaseReport> cases;  ///< by case_id
  std::vector<StepReport> steps;  ///< by step_id; of experiments of whole steps
  Verdict verdict;
  std::vector<LaunchTimeline> timelines;
};

struct Report {
  std::string created;            ///< ISO 8601, UTC
  std::string generator_version;  ///< git hash
  std::vector<TraceReport> traces;
  std::vector<Comparison> comparisons;  ///< measured with simulated, same experiment and GPU
};

/// `labels`: a name for each trace, usually its file name.
[[nodiscard]] Report make_report(std::span<traces::Trace const> traces,
                                 std::span<std::string const> labels);

/// What the three files of a report are told by.
[[nodiscard]] std::vector<FileKind> report_kinds();

/// Self-contained page: works offline, fetches nothing.
[[nodiscard]] std::string report_html(Report const& report);
[[nodiscard]] std::string report_markdown(Report const& report);

/// `page`: what the page embeds and shows. With the timelines; without single launches, secondary
/// metrics and what only the full report tells of a case.
enum class JsonDetail : std::uint8_t { full, page };
[[nodiscard]] std::string report_json(Report const& report, JsonDetail detail = JsonDetail::full);

/// The headline verdict for a terminal; `all`: every row of the verdict table.
[[nodiscard]] std::string report_terminal(Report const& report, bool all);

}  // namespace fluxscope::analysis

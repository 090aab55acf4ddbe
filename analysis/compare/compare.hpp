#pragma once
// Two traces of the same experiment, case by case: usually a measured and a simulated one.

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/compare/step_errors.hpp"
#include "analysis/formula_row.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// What a difference between two traces is, by their RunInfo::source.
enum class ComparisonKind : std::uint8_t {
  model_error,       ///< a simulated trace against a measured one
  two_models,        ///< both simulated: neither is true
  two_measurements,  ///< both measured
};
[[nodiscard]] ComparisonKind comparison_kind(std::string_view reference, std::string_view other);

/// The words for it.
struct ComparisonWords {
  char const* kind;        ///< "model_error", ... in JSON
  char const* reference;   ///< column of the first trace
  char const* other;       ///< column of the second
  char const* difference;  ///< other / reference - 1
  char const* what;        ///< a sentence; empty where the difference is the model's error
};
[[nodiscard]] ComparisonWords const& comparison_words(ComparisonKind kind);

/// One case that both traces have. `measured` is the reference, `simulated` the other, whatever
/// their sources.
struct CaseError {
  std::string name;
  std::string phase;
  std::string execution;
  std::string scheduler;
  std::int32_t batch = 0;
  std::int32_t kv_len = 0;
  std::string provenance;  ///< of the simulated case
  double measured_ns = 0;
  double simulated_ns = 0;
  double error_ratio = 0;  ///< simulated / measured - 1
  std::optional<double> tail_area_measured;
  std::optional<double> tail_area_simulated;
  std::optional<double> tail_area_difference;  ///< simulated - measured
  /// Correlation of SM loads, both sorted by load, summed over attention launches; nullopt where a
  /// side has none, SM counts differ, or all loads are equal.
  std::optional<double> load_correlation;
};

/// Errors over a group of cases.
struct ErrorSummary {
  std::string group;  ///< "all", "phase", "execution", "kv_len", "provenance", "held_out"
  std::string value;  ///< "decode", "balanced", ...
  std::size_t cases = 0;
  double mape_ratio = 0;    ///< mean |error|
  double median_ratio = 0;  ///< median |error|
  double p90_ratio = 0;     ///< 90th percentile of |error|
  double bias_ratio = 0;    ///< mean signed error
  std::string worst_case;
  std::optional<double> tail_mean_difference;  ///< mean |difference| of tail areas
  std::optional<double> tail_max_difference;
};

struct Comparison {
  ComparisonKind kind = ComparisonKind::model_error;
  std::string measured_source;  ///< RunInfo::source of the reference
  std::string simulated_source;
  std::string measured_label;
  std::string simulated_label;
  std::string measured_device;
  std::string simulated_device;
  bool same_device = true;  ///< see same_device(); otherwise the errors are not the model's
  std::vector<CaseError> cases;
  std::vector<ErrorSummary> summaries;
  std::vector<std::string> only_measured;  ///< names of cases without a partner, or a time
  std::vector<std::string> only_simulated;
  /// Cases that the same GPU was given in other launches, by another version's planner: a
  /// difference of plans, not an error of times.
  std::vector<std::string> other_plan;
  StepComparison steps;
};

/// True for the same GPU, whatever the two runs call it: chip, SMs and, within 10 %, memory
/// bandwidth (a data sheet's and the memory clock's differ by a few percent).
[[nodiscard]] bool same_device(traces::DeviceInfo const& a, traces::DeviceInfo const& b);

/// Joins cases by CaseRecord::name. Cases of provenance interpolated, extrapolated or transferred
/// are the held-out group: the model was not fitted on them. Throws InputError where no case and no
/// step has a partner.
[[nodiscard]] Comparison compare(traces::Trace const& measured, traces::Trace const& simulated,
                                 std::string const& measured_label,
                                 std::string const& simulated_label);

[[nodiscard]] std::span<FormulaRow const> comparison_formulas();

[[nodiscard]] std::string comparison_text(Comparison const& comparison);
[[nodiscard]] std::string comparison_json(Comparison const& comparison);

}  // namespace fluxscope::analysis

#pragma once
// The metric table: one row per metric. The formula exists once, here; docs/formulas.md and the
// report's glossary are printed from the table.

#include <limits>
#include <optional>
#include <span>
#include <string>

#include "analysis/measure/launch_measure.hpp"

namespace fluxscope::analysis {

/// A number, or the reason why there is none.
struct MetricValue {
  std::optional<double> value;
  /// One standard deviation, or half the width of hard bounds where the note says so. NaN: unknown.
  double uncertainty = std::numeric_limits<double>::quiet_NaN();
  /// false: below 3 uncertainties (a balance saving: below one); do not claim it
  bool significant = true;
  std::string note;  ///< why there is no value, or how it was bounded
};

[[nodiscard]] inline MetricValue absent(char const* why) {
  MetricValue none;
  none.note = why;
  return none;
}

/// Computes a metric over launches that ran one after the other; a single launch is a span of one.
using MetricFunction = MetricValue (*)(std::span<LaunchMeasure const>);

struct Metric {
  char const* id;  ///< number in the literature list of profilers, "M7"
  char const* name;
  char const* unit;
  char const* title;    ///< what people call it
  char const* formula;  ///< see formula_symbols()
  char const* meaning;  ///< what it says, what it does not count
  char const* source;
  bool headline;  ///< in the main table of a report
  MetricFunction compute;
};

/// All metrics, in the order of the documentation.
[[nodiscard]] std::span<Metric const> metric_table();

/// Throws ContractError for a name that is not in the table.
[[nodiscard]] Metric const& metric_named(std::string const& name);

}  // namespace fluxscope::analysis

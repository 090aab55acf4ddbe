#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/compare/compare.hpp"
#include "analysis/format.hpp"
#include "analysis/report/step_tables.hpp"
#include "base/terminal/number_text.hpp"
#include "base/terminal/text_table.hpp"

namespace fluxscope::analysis {
namespace {

std::string plain(std::optional<double> value) {
  return value ? number_text("{:.3f}", *value) : "-";
}

std::string summaries_text(Comparison const& comparison) {
  TextTable table({"group", "cases", "MAPE", "median", "p90", "bias", "tail mean", "tail max"});
  for (auto const& s : comparison.summaries) {
    auto const name = s.group == "all" ? s.group : s.group + " " + s.value;
    table.add({name, std::to_string(s.cases), percent_text(s.mape_ratio),
               percent_text(s.median_ratio), percent_text(s.p90_ratio),
               signed_percent_text(s.bias_ratio), plain(s.tail_mean_difference),
               plain(s.tail_max_difference)});
  }
  return table.text();
}

std::string cases_text(Comparison const& comparison) {
  auto const& words = comparison_words(comparison.kind);
  TextTable table({"case", words.reference, words.other, words.difference, "tail",
                   std::string("tail ") + words.other, "loads r", "provenance"});
  for (auto const& e : comparison.cases) {
    table.add({e.name, time_text(e.measured_ns), time_text(e.simulated_ns),
               signed_percent_text(e.error_ratio), percent_text(e.tail_area_measured),
               percent_text(e.tail_area_simulated), plain(e.load_correlation), e.provenance});
  }
  return table.text();
}

std::string names_text(std::string const& what, std::vector<std::string> const& names) {
  if (names.empty()) return {};
  std::string text = fmt::format("{} cases {}:", names.size(), what);
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < std::min(kShown, names.size()); ++i) text += " " + names[i];
  return text + (names.size() > kShown ? " ...\n" : "\n");
}

}  // namespace

std::string comparison_text(Comparison const& comparison) {
  std::string text = fmt::format("{} ({}, {}) against {} ({}, {})\n\n", comparison.measured_label,
                                 comparison.measured_device, comparison.measured_source,
                                 comparison.simulated_label, comparison.simulated_device,
                                 comparison.simulated_source);
  auto const& words = comparison_words(comparison.kind);
  if (words.what[0] != '\0') text += fmt::format("{}\n\n", words.what);
  if (!comparison.same_device) {
    text += fmt::format("The devices differ: the {}s below are not the model's errors.\n\n",
                        words.difference);
  }
  text += cases_text(comparison) + "\n" + summaries_text(comparison);
  text += fmt::format(
      "\n{} = {} / {} - 1; MAPE and bias = mean of its size and mean; tail = tail area, its "
      "difference absolute; loads r = correlation of sorted SM loads\n",
      words.difference, words.other, words.reference);
  text += step_errors_text(comparison.steps, words);
  text += names_text("only in " + comparison.measured_label, comparison.only_measured);
  text += names_text("only in " + comparison.simulated_label, comparison.only_simulated);
  text +=
      names_text("left out, whose launches another planner cut otherwise", comparison.other_plan);
  return text;
}

}  // namespace fluxscope::analysis

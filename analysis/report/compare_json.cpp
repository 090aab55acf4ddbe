#include <nlohmann/json.hpp>

#include "analysis/report/json_parts.hpp"

namespace fluxscope::analysis {
namespace json_parts {
namespace {

Json error_json(CaseError const& error, JsonDetail detail) {
  return {{"name", error.name},
          {"phase", error.phase},
          {"execution", error.execution},
          {"scheduler", error.scheduler},
          {"batch", error.batch},
          {"kv_len", error.kv_len},
          {"provenance", error.provenance},
          {"measured_ns", number(error.measured_ns, detail)},
          {"simulated_ns", number(error.simulated_ns, detail)},
          {"error_ratio", number(error.error_ratio, detail)},
          {"tail_area_measured", number(error.tail_area_measured, detail)},
          {"tail_area_simulated", number(error.tail_area_simulated, detail)},
          {"tail_area_difference", number(error.tail_area_difference, detail)},
          {"load_correlation", number(error.load_correlation, detail)}};
}

Json summary_json(ErrorSummary const& summary, JsonDetail detail) {
  return {{"group", summary.group},
          {"value", summary.value},
          {"cases", summary.cases},
          {"mape_ratio", number(summary.mape_ratio, detail)},
          {"median_ratio", number(summary.median_ratio, detail)},
          {"p90_ratio", number(summary.p90_ratio, detail)},
          {"bias_ratio", number(summary.bias_ratio, detail)},
          {"worst_case", summary.worst_case},
          {"tail_mean_difference", number(summary.tail_mean_difference, detail)},
          {"tail_max_difference", number(summary.tail_max_difference, detail)}};
}

}  // namespace

Json of_comparison(Comparison const& comparison, JsonDetail detail) {
  Json object = {{"kind", comparison_words(comparison.kind).kind},
                 {"measured_source", comparison.measured_source},
                 {"simulated_source", comparison.simulated_source},
                 {"measured_label", comparison.measured_label},
                 {"simulated_label", comparison.simulated_label},
                 {"measured_device", comparison.measured_device},
                 {"simulated_device", comparison.simulated_device},
                 {"same_device", comparison.same_device},
                 {"summaries", Json::array()},
                 {"cases", Json::array()},
                 {"only_measured", comparison.only_measured},
                 {"only_simulated", comparison.only_simulated},
                 {"other_plan", comparison.other_plan}};
  for (auto const& summary : comparison.summaries) {
    object["summaries"].push_back(summary_json(summary, detail));
  }
  if (!comparison.steps.steps.empty()) {
    object["steps"] = of_step_comparison(comparison.steps, detail);
  }
  for (auto const& error : comparison.cases) object["cases"].push_back(error_json(error, detail));
  return object;
}

}  // namespace json_parts

std::string comparison_json(Comparison const& comparison) {
  return json_parts::of_comparison(comparison, JsonDetail::full)
             .dump(1, ' ', false, json_parts::Json::error_handler_t::replace) +
         "\n";
}

}  // namespace fluxscope::analysis

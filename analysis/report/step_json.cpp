#include "analysis/report/json_parts.hpp"

namespace fluxscope::analysis::json_parts {
namespace {

Json parts_json(std::array<double, kStepParts> const& parts, JsonDetail detail) {
  Json object = Json::object();
  auto const rows = step_formulas();
  for (std::size_t i = 0; i < kStepParts; ++i) object[rows[i].name] = number(parts[i], detail);
  return object;
}

Json gain_json(StepGain const& gain, JsonDetail detail) {
  Json object = {{"full_step", *gain.full_step},
                 {"full_ns", number(gain.full_ns, detail)},
                 {"step_speedup", number(gain.step_speedup, detail)}};
  if (!gain.known) {
    object["reason"] = gain.reason;
    return object;
  }
  object["attention_speedup"] = number(gain.attention_speedup, detail);
  object["gains_ns"] = parts_json(gain.gains_ns, detail);
  return object;
}

Json record_json(traces::StepRecord const& record, JsonDetail detail) {
  return {{"step_id", record.step_id},
          {"name", record.name},
          {"row_id", record.row_id},
          {"mode", record.mode},
          {"chunk", record.chunk},
          {"chunks", record.chunks},
          {"tokens", record.tokens},
          {"kv_tokens", record.kv_tokens},
          {"ranks", record.ranks},
          {"routed", record.routed},
          {"launches", record.launches},
          {"weight_bytes", record.weight_bytes},
          {"kv_bytes_held", record.kv_bytes_held},
          {"time_ns", number(record.time_ns, detail)},
          {"time_low_ns", number(record.time_low_ns, detail)},
          {"time_high_ns", number(record.time_high_ns, detail)},
          {"host_ns", number(record.host_ns, detail)},
          {"provenance", record.provenance}};
}

}  // namespace

Json of_step(StepReport const& step, JsonDetail detail) {
  Json object = record_json(step.record, detail);
  if (step.budget.known) {
    object["parts_ns"] = parts_json(step.budget.parts_ns, detail);
  } else {
    object["reason"] = step.budget.reason;
  }
  object["ops"] = Json::array();
  for (OpSum const& sum : step.budget.ops) {
    object["ops"].push_back(
        {{"op", sum.op}, {"launches", sum.launches}, {"time_ns", number(sum.time_ns, detail)}});
  }
  if (step.gain.full_step) object["gain"] = gain_json(step.gain, detail);
  return object;
}

Json of_step_comparison(StepComparison const& comparison, JsonDetail detail) {
  Json object = {{"steps", Json::array()},
                 {"summaries", Json::array()},
                 {"what_if_pairs", comparison.signs.pairs},
                 {"what_if_right", comparison.signs.right},
                 {"only_measured", comparison.only_measured},
                 {"only_simulated", comparison.only_simulated}};
  for (StepError const& step : comparison.steps) {
    Json one = {{"name", step.name},
                {"mode", step.mode},
                {"provenance", step.provenance},
                {"measured_ns", number(step.measured_ns, detail)},
                {"simulated_ns", number(step.simulated_ns, detail)},
                {"error_ratio", number(step.error_ratio, detail)},
                {"ops", Json::array()}};
    for (OpError const& op : step.ops) {
      one["ops"].push_back({{"op", op.op},
                            {"measured_ns", number(op.measured_ns, detail)},
                            {"simulated_ns", number(op.simulated_ns, detail)},
                            {"error_ratio", number(op.error_ratio, detail)}});
    }
    object["steps"].push_back(std::move(one));
  }
  for (OpErrorSummary const& one : comparison.summaries) {
    object["summaries"].push_back({{"op", one.op.empty() ? Json(nullptr) : Json(one.op)},
                                   {"steps", one.steps},
                                   {"mape_ratio", number(one.mape_ratio, detail)},
                                   {"p90_ratio", number(one.p90_ratio, detail)},
                                   {"bias_ratio", number(one.bias_ratio, detail)},
                                   {"share_ratio", number(one.share_ratio, detail)}});
  }
  return object;
}

}  // namespace fluxscope::analysis::json_parts

#include <nlohmann/json.hpp>

#include "analysis/report/json_parts.hpp"
#include "analysis/verdict/results.hpp"
#include "base/speedup.hpp"

namespace fluxscope::analysis::json_parts {
namespace {

/// Ends of a ratio, and who is quicker where they are looked at.
void add_ratio(Json& object, std::string const& name, TimeRatio const& ratio, JsonDetail detail) {
  object[name + "_low"] = number(ratio.low, detail);
  object[name + "_high"] = number(ratio.high, detail);
  object[name + "_order"] = order_name(order_of(ratio));
}

Json row_json(VerdictRow const& row, JsonDetail detail) {
  Json object = {{"policy", row.row.policy},
                 {"level", row.row.level},
                 {"msr_ratio", number(row.row.msr_ratio, detail)},
                 {"phase", row.row.phase},
                 {"batch", row.row.batch},
                 {"q_len", row.row.q_len},
                 {"kv_len", row.row.kv_len},
                 {"execution", row.row.execution},
                 {"scheduler", row.row.scheduler}};
  object["time_ns"] = number(row.time_ns, detail);
  object["kv_bytes_selected"] = row.kv_bytes_selected;
  object["speedup_same_scheduler"] = number(row.speedup_same_scheduler, detail);
  object["speedup_best_full"] = number(row.speedup_best_full, detail);
  object["ideal_speedup"] = number(row.ideal_speedup, detail);
  object["efficiency_ratio"] = number(row.efficiency_ratio, detail);
  object["tail_area_ratio"] = number(row.tail_area_ratio, detail);
  object["balance_saving_ratio"] = number(row.balance_saving_ratio, detail);
  object["balance_saving_u_ratio"] = number(row.balance_saving_u_ratio, detail);
  if (!row.balance_saving.reason.empty()) {
    object["balance_saving_reason"] = row.balance_saving.reason;
  }
  if (row.placement_varies) object["placement_varies"] = true;
  object["speedup_over_layer"] =
      row.over_layer ? number(row.over_layer->value, detail) : Json(nullptr);
  object["equal_kv"] = row.equal_kv;
  object["budget"] = of_budget(row.budget, detail);
  object["waterfall"] = of_waterfall(row.waterfall, detail);
  if (!row.note.empty()) object["note"] = row.note;
  if (row.row.tied_kv_heads > 0) {
    object["tied_kv_heads"] = row.row.tied_kv_heads;
    object["tie_seed"] = row.row.tie_seed;
  }
  object["time_low_ns"] = number(row.time_low_ns, detail);
  object["time_high_ns"] = number(row.time_high_ns, detail);
  object["provenance"] = row.provenance;
  object["speedup_low"] = number(row.speedup_low, detail);
  object["speedup_high"] = number(row.speedup_high, detail);
  if (row.over_layer) add_ratio(object, "speedup_over_layer", *row.over_layer, detail);
  if (detail == JsonDetail::page) return object;
  object["balance_saving_ns"] = number(row.balance_saving.saving_ns, detail);
  object["selected_blocks"] = row.selected_blocks;
  object["full_blocks"] = row.full_blocks;
  object["layer_row"] = row.layer_row ? Json(*row.layer_row) : Json(nullptr);
  return object;
}

Json headline_json(Headline const& headline, JsonDetail detail) {
  auto const& ratio = headline.head_over_layer;
  Json object = {{"phase", headline.phase},
                 {"batch", headline.batch},
                 {"q_len", headline.q_len},
                 {"kv_len", headline.kv_len},
                 {"msr_ratio", number(headline.msr_ratio, detail)},
                 {"ideal_speedup", number(headline.ideal_speedup, detail)},
                 {"layer_row", headline.layer_row},
                 {"head_best_row", headline.head.best_row},
                 {"head_worst_row", headline.head_worst_row},
                 {"head_over_layer_speedup", number(ratio.value, detail)}};
  add_ratio(object, "head_over_layer_speedup", ratio, detail);
  object["head_equal_rows"] = headline.head.equal_rows;
  object["head_worst_is_slower"] = headline.worst_is_slower;
  object["sentence"] = headline.sentence;
  return object;
}

Json policy_json(Verdict const& verdict, BestRuns const& policy, JsonDetail detail) {
  auto const& row = verdict.rows[policy.best_row];
  Json object = {{"policy", row.row.policy}, {"level", row.row.level}};
  object["msr_ratio"] = number(row.row.msr_ratio, detail);
  object.update({{"phase", row.row.phase}, {"batch", row.row.batch}});
  object.update({{"q_len", row.row.q_len}, {"kv_len", row.row.kv_len}});
  object.update({{"execution", row.row.execution}, {"scheduler", row.row.scheduler}});
  object["time_ns"] = number(row.time_ns, detail);
  object["time_low_ns"] = number(row.time_low_ns, detail);
  object["time_high_ns"] = number(row.time_high_ns, detail);
  object["speedup_best_full"] = number(row.speedup_best_full, detail);
  object["speedup_low"] = number(row.speedup_low, detail);
  object["speedup_high"] = number(row.speedup_high, detail);
  object["ideal_speedup"] = number(row.ideal_speedup, detail);
  object["efficiency_ratio"] = number(row.efficiency_ratio, detail);
  object["kv_bytes_selected"] = row.kv_bytes_selected;
  object["balance_saving_ratio"] = number(row.balance_saving_ratio, detail);
  object["balance_saving_u_ratio"] = number(row.balance_saving_u_ratio, detail);
  object["placement_varies"] = row.placement_varies;
  object["provenance"] = row.provenance;
  object["runs"] = runs_text(verdict.rows, policy);
  object["best_row"] = policy.best_row;
  object["equal_rows"] = policy.equal_rows;
  return object;
}

}  // namespace

void write_policies(JsonStream& stream, Verdict const& verdict, JsonDetail detail) {
  stream.list("policies", verdict.policies,
              [&](BestRuns const& policy) { return policy_json(verdict, policy, detail); });
}

void write_verdict(JsonStream& stream, Verdict const& verdict, JsonDetail detail) {
  stream.begin_object("verdict");
  stream.list("rows", verdict.rows, [&](VerdictRow const& row) { return row_json(row, detail); });
  stream.list("headlines", verdict.headlines,
              [&](Headline const& headline) { return headline_json(headline, detail); });
  stream.members({{"notes", verdict.notes},
                  {"placement_note", verdict.placement_note},
                  {"tie_notes", verdict.tie_notes},
                  {"equal_times_ratio", kEqualTimesRatio}});
  stream.end();
}

Json of_timeline(LaunchTimeline const& timeline) {
  Json bars = Json::array();
  for (auto const& bar : timeline.bars) {
    bars.push_back({bar.line, bar.lane, bar.begin_ns, bar.end_ns, bar.cta, bar.head, bar.seq,
                    bar.q_block, bar.split, bar.visited_blocks});
  }
  Json steps = Json::array();
  for (auto const& step : timeline.staircase) steps.push_back({step.at_ns, step.active_sms});
  return {{"case_id", timeline.case_id},
          {"launch_id", timeline.launch_id},
          {"op", timeline.op},
          {"window_ns", timeline.window_ns},
          {"sm_count", timeline.sm_count},
          {"lanes", timeline.lanes},
          {"line_sm", timeline.line_sm},
          {"bars", std::move(bars)},
          {"staircase", std::move(steps)},
          {"item_quantiles_ns", timeline.item_quantiles_ns},
          {"note", timeline.note}};
}

}  // namespace fluxscope::analysis::json_parts

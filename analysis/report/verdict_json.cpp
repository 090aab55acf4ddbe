#include <nlohmann/json.hpp>

#include "analysis/report/json_parts.hpp"
#include "analysis/verdict/break_even.hpp"

namespace fluxscope::analysis::json_parts {
namespace {

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
  object["speedup_over_layer"] = number(row.speedup_over_layer, detail);
  object["equal_kv"] = row.equal_kv;
  object["budget"] = of_budget(row.budget, detail);
  object["waterfall"] = of_waterfall(row.waterfall, detail);
  if (!row.note.empty()) object["note"] = row.note;
  if (detail == JsonDetail::page) return object;
  object["time_low_ns"] = number(row.time_low_ns, detail);
  object["time_high_ns"] = number(row.time_high_ns, detail);
  object["selected_blocks"] = row.selected_blocks;
  object["full_blocks"] = row.full_blocks;
  object["layer_row"] = row.layer_row ? Json(*row.layer_row) : Json(nullptr);
  return object;
}

Json headline_json(Headline const& headline, JsonDetail detail) {
  return {{"phase", headline.phase},
          {"batch", headline.batch},
          {"q_len", headline.q_len},
          {"kv_len", headline.kv_len},
          {"msr_ratio", number(headline.msr_ratio, detail)},
          {"ideal_speedup", number(headline.ideal_speedup, detail)},
          {"layer_row", headline.layer_row},
          {"head_best_row", headline.head_best_row},
          {"head_worst_row", headline.head_worst_row},
          {"head_over_layer_speedup", number(headline.head_over_layer_speedup, detail)}};
}

}  // namespace

Json of_verdict(Verdict const& verdict, JsonDetail detail) {
  Json object = {{"rows", Json::array()},
                 {"headlines", Json::array()},
                 {"notes", verdict.notes},
                 {"equal_times_ratio", kEqualTimesRatio}};
  for (auto const& row : verdict.rows) object["rows"].push_back(row_json(row, detail));
  for (auto const& headline : verdict.headlines) {
    object["headlines"].push_back(headline_json(headline, detail));
  }
  return object;
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

#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/report/json_parts.hpp"

namespace fluxscope::analysis::json_parts {
namespace {

/// Groups of /tile_times on the page; all of them are in the trace.
constexpr std::size_t kPageTileGroups = 24;

/// The page leaves out what is 0, true or empty, and metrics that no table of it shows.
Json metric_json(MetricValue const& value, JsonDetail detail) {
  bool const page = detail == JsonDetail::page;
  Json entry = {{"value", number(value.value, detail)}};
  if (!page || value.uncertainty != 0) {
    entry["uncertainty"] = number(value.uncertainty, detail);
  }
  if (!page || !value.significant) entry["significant"] = value.significant;
  if (!value.note.empty()) entry["note"] = value.note;
  return entry;
}

Json metrics_json(std::span<MetricValue const> values, JsonDetail detail) {
  Json object = Json::object();
  auto const table = metric_table();
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (detail == JsonDetail::page && !table[i].headline) continue;
    object[table[i].name] = metric_json(values[i], detail);
  }
  return object;
}

Json record_json(traces::CaseRecord const& r, JsonDetail detail) {
  Json object = {{"case_id", r.case_id}, {"name", r.name}};
  object.update({{"phase", r.phase}, {"execution", r.execution}, {"scheduler", r.scheduler}});
  object.update({{"batch", r.batch}, {"kv_len", r.kv_len}, {"kv_heads", r.kv_heads}});
  object.update({{"full_kv_heads", r.full_kv_heads}});
  object["time_ns"] = number(r.time_ns, detail);
  if (detail == JsonDetail::page) {
    object["time_low_ns"] = number(r.time_low_ns, detail);
    object["time_high_ns"] = number(r.time_high_ns, detail);
    object["provenance"] = r.provenance;
    return object;
  }
  object.update({{"sparse_kind", r.sparse_kind}, {"q_len", r.q_len}, {"q_heads", r.q_heads}});
  object.update({{"head_dim", r.head_dim}, {"launch_count", r.launches}, {"tiles", r.tiles}});
  object.update({{"longest_tile_blocks", r.longest_tile_blocks}});
  object.update({{"selected_blocks", r.selected_blocks}, {"visited_blocks", r.visited_blocks}});
  object.update({{"full_blocks", r.full_blocks}, {"kv_bytes_selected", r.kv_bytes_selected}});
  object.update({{"kv_bytes_held", r.kv_bytes_held}, {"provenance", r.provenance}});
  object["time_low_ns"] = number(r.time_low_ns, detail);
  object["time_high_ns"] = number(r.time_high_ns, detail);
  return object;
}

Json crosschecks_json(CaseReport const& report, JsonDetail detail) {
  Json list = Json::array();
  for (auto const& check : report.crosschecks) list.push_back(of_crosscheck(check, detail));
  return list;
}

/// [visited_blocks, count, mean_ns, min_ns, p99_ns, max_ns] per group; every k-th where too many.
Json tile_times_json(std::span<traces::TileTimeRecord const> groups) {
  Json list = Json::array();
  std::size_t const step =
      std::max<std::size_t>(1, (groups.size() + kPageTileGroups - 1) / kPageTileGroups);
  for (std::size_t i = 0; i < groups.size(); i += step) {
    auto const& g = groups[i];
    auto const whole = [](double ns) { return number(std::round(ns), JsonDetail::page); };
    list.push_back({g.visited_blocks, g.count, whole(g.mean_ns), whole(g.min_ns), whole(g.p99_ns),
                    whole(g.max_ns)});
  }
  return list;
}

Json launches_json(std::span<LaunchReport const> launches, JsonDetail detail) {
  Json list = Json::array();
  for (auto const& launch : launches) {
    list.push_back({{"launch_id", launch.launch_id},
                    {"index", launch.index},
                    {"op", launch.op},
                    {"window_ns", number(launch.window_ns, detail)},
                    {"metrics", metrics_json(launch.metrics, detail)}});
  }
  return list;
}

}  // namespace

Json of_budget(CaseBudget const& budget, JsonDetail detail) {
  if (!budget.known) return {{"known", false}, {"reason", budget.reason}};
  Json object = {{"known", true}, {"time_ns", number(budget.time_ns, detail)}};
  object["attention_ns"] = number(budget.attention_ns, detail);
  object["useful_ns"] = number(budget.useful_ns, detail);
  object["ramp_ns"] = number(budget.ramp_ns, detail);
  object["gap_ns"] = number(budget.gap_ns, detail);
  object["tail_ns"] = number(budget.tail_ns, detail);
  object["selection_ns"] = number(budget.selection_ns, detail);
  object["launches_ns"] = number(budget.launches_ns, detail);
  if (!budget.note.empty()) object["note"] = budget.note;
  return object;
}

Json of_waterfall(Waterfall const& waterfall, JsonDetail detail) {
  Json object = {{"known", waterfall.known},
                 {"full_ns", number(waterfall.full_ns, detail)},
                 {"work_ratio", number(waterfall.work_ratio, detail)},
                 {"ideal_ns", number(waterfall.ideal_ns, detail)},
                 {"measured_ns", number(waterfall.measured_ns, detail)},
                 {"gap_ns", number(waterfall.gap_ns, detail)}};
  if (waterfall.full_case) object["full_case"] = *waterfall.full_case;
  if (!waterfall.reason.empty()) object["reason"] = waterfall.reason;
  if (!waterfall.note.empty()) object["note"] = waterfall.note;
  if (!waterfall.known) return object;
  Json parts = Json::object();
  auto const names = waterfall_formulas();
  for (std::size_t i = 0; i < kWaterfallParts; ++i) {
    parts[names[i].name] = number(waterfall.parts_ns[i], detail);
  }
  object["parts"] = std::move(parts);
  return object;
}

Json of_crosscheck(CrosscheckReport const& check, JsonDetail detail) {
  return {{"name", check.record.name},
          {"launch_index", check.record.launch_index},
          {"probe_value", number(check.record.probe_value, detail)},
          {"other_value", number(check.record.other_value, detail)},
          {"unit", check.record.unit},
          {"difference_ratio", number(check.difference_ratio, detail)},
          {"agrees", check.agrees},
          {"note", check.record.note}};
}

Json of_case(CaseReport const& report, JsonDetail detail) {
  Json object = record_json(report.record, detail);
  object["metrics"] = metrics_json(report.metrics, detail);
  object["reorder"] = {{"longest_first_ratio", number(report.reorder.longest_first_ratio, detail)},
                       {"lower_bound_ratio", number(report.reorder.lower_bound_ratio, detail)},
                       {"note", report.reorder.note}};
  if (!report.crosscheck_reason.empty()) object["crosscheck_reason"] = report.crosscheck_reason;
  if (detail == JsonDetail::page) {
    if (!report.tile_times.empty()) object["tile_times"] = tile_times_json(report.tile_times);
    return object;
  }
  object["budget"] = of_budget(report.budget, detail);
  object["waterfall"] = of_waterfall(report.waterfall, detail);
  object["crosschecks"] = crosschecks_json(report, detail);
  if (report.overhead_measured) {
    object["probe_overhead_ratio"] = number(report.probe_overhead_ratio, detail);
    object["occupancy_changed"] = report.occupancy_changed;
  }
  object["samples_kept"] = report.samples_kept;
  object["samples_dropped"] = report.samples_dropped;
  object["launches"] = launches_json(report.launches, detail);
  return object;
}

}  // namespace fluxscope::analysis::json_parts

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "analysis/report/formulas.hpp"
#include "analysis/report/json_parts.hpp"

namespace fluxscope::analysis {
namespace json_parts {

Json number(double value, JsonDetail detail) {
  if (!std::isfinite(value)) return nullptr;
  if (detail == JsonDetail::full) return value;
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    return static_cast<std::int64_t>(value);
  }
  return std::strtod(fmt::format("{:.7g}", value).c_str(), nullptr);
}

Json number(std::optional<double> const& value, JsonDetail detail) {
  return value ? number(*value, detail) : Json(nullptr);
}

Json of_formulas(std::span<FormulaRow const> rows) {
  Json list = Json::array();
  for (auto const& row : rows) {
    list.push_back({{"name", row.name},
                    {"unit", row.unit},
                    {"formula", row.formula},
                    {"meaning", row.meaning}});
  }
  return list;
}

namespace {

Json run_json(traces::RunInfo const& run) {
  return {{"source", run.source},
          {"creator_version", run.creator_version},
          {"created", run.created},
          {"host", run.host},
          {"command_line", run.command_line},
          {"experiment_name", run.experiment_name},
          {"experiment_toml", run.experiment_toml},
          {"uuid", run.uuid},
          {"comment", run.comment}};
}

Json device_json(traces::DeviceInfo const& device) {
  Json object = {{"name", device.name}, {"chip", device.chip}};
  object.update({{"cc_major", device.cc_major}, {"cc_minor", device.cc_minor}});
  object.update({{"sm_count", device.sm_count}, {"memory_bytes", device.memory_bytes}});
  object.update({{"l2_bytes", device.l2_bytes}, {"sm_clock_max_hz", device.sm_clock_max_hz}});
  object.update({{"memory_clock_hz", device.memory_clock_hz}});
  object.update({{"hbm_bytes_per_s", device.hbm_bytes_per_s}});
  object.update({{"bf16_flop_per_s", device.bf16_flop_per_s}});
  object.update({{"driver_version", device.driver_version}});
  object.update({{"cuda_runtime_version", device.cuda_runtime_version}});
  object.update({{"cupti_version", device.cupti_version}, {"profile", device.profile}});
  object.update({{"power_limit_w", device.power_limit_w}});
  object["counters_privileged"] = device.counters_privileged;
  return object;
}

Json validity_json(Validity const& validity, JsonDetail detail) {
  Json object = {{"samples_kept", validity.samples_kept},
                 {"samples_dropped", validity.samples_dropped},
                 {"drop_reasons", validity.drop_reasons}};
  object["overhead_cases"] = validity.overhead_cases;
  if (validity.overhead_cases > 0) {
    object["overhead_median_ratio"] = number(validity.overhead_median_ratio, detail);
    object["overhead_max_ratio"] = number(validity.overhead_max_ratio, detail);
  }
  object["alignment_max_u_ns"] = number(validity.alignment_max_u_ns, detail);
  object["crosschecks"] = validity.crosschecks;
  object["crosschecks_agree"] = validity.crosschecks_agree;
  object["insignificant_tails"] = validity.insignificant_tails;
  object["unprobed_cases"] = validity.unprobed_cases;
  if (validity.launches_without_case > 0) {
    object["launches_without_case"] = validity.launches_without_case;
  }
  return object;
}

/// The largest differences; all of them are in the full report.
Json page_crosschecks(TraceReport const& trace) {
  constexpr std::size_t kMost = 40;
  struct Row {
    CrosscheckReport const* check;
    std::string const* of_case;
  };
  std::vector<Row> rows;
  for (auto const& of : trace.cases) {
    for (auto const& check : of.crosschecks) rows.push_back({&check, &of.record.name});
  }
  std::stable_sort(rows.begin(), rows.end(), [](Row const& a, Row const& b) {
    return std::abs(a.check->difference_ratio) > std::abs(b.check->difference_ratio);
  });
  rows.resize(std::min(rows.size(), kMost));
  Json list = Json::array();
  for (auto const& row : rows) {
    list.push_back(of_crosscheck(*row.check, JsonDetail::page));
    list.back()["case"] = *row.of_case;
  }
  return list;
}

/// What of a trace comes between its policies and its verdict.
Json run_members(TraceReport const& trace, JsonDetail detail) {
  Json object = Json::object();
  object["run"] = run_json(trace.run);
  object["device"] = device_json(trace.device);
  object["clock"] = {
      {"globaltimer_tick_ns_before_cupti",
       number(trace.clock.globaltimer_tick_ns_before_cupti, detail)},
      {"globaltimer_tick_ns_after_cupti",
       number(trace.clock.globaltimer_tick_ns_after_cupti, detail)},
      {"clock64_read_floor_cyc", number(trace.clock.clock64_read_floor_cyc, detail)}};
  object["validity"] = validity_json(trace.validity, detail);
  object["passes"] = Json::array();
  for (auto const& pass : trace.passes) {
    object["passes"].push_back({{"pass", pass.pass},
                                {"name", pass.name},
                                {"present", pass.present},
                                {"reason", pass.reason}});
  }
  object["losses"] = Json::array();
  for (auto const& loss : trace.losses) {
    object["losses"].push_back(
        {{"name", loss.name}, {"count", loss.count}, {"meaning", loss.meaning}});
  }
  return object;
}

void write_trace(JsonStream& stream, TraceReport const& trace, JsonDetail detail) {
  stream.members({{"label", trace.label}, {"complete", trace.complete}});
  write_policies(stream, trace.verdict, detail);
  stream.members(run_members(trace, detail));
  write_verdict(stream, trace.verdict, detail);
  stream.list("cases", trace.cases, [&](CaseReport const& of) { return of_case(of, detail); });
  if (!trace.steps.empty()) {
    stream.list("steps", trace.steps, [&](StepReport const& of) { return of_step(of, detail); });
  }
  if (detail != JsonDetail::page) return;
  stream.member("crosschecks", page_crosschecks(trace));
  stream.list("timelines", trace.timelines, of_timeline);
}

Json metric_table_json() {
  Json list = Json::array();
  for (auto const& metric : metric_table()) {
    list.push_back({{"id", metric.id},
                    {"name", metric.name},
                    {"unit", metric.unit},
                    {"title", metric.title},
                    {"formula", metric.formula},
                    {"meaning", metric.meaning},
                    {"source", metric.source},
                    {"headline", metric.headline}});
  }
  return list;
}

}  // namespace
}  // namespace json_parts

std::string report_json(Report const& report, JsonDetail detail) {
  using json_parts::Json;
  bool const page = detail == JsonDetail::page;
  JsonStream stream(page ? JsonStream::Layout::compact : JsonStream::Layout::indented);
  stream.members({{"fluxscope_report", 1},
                  {"created", report.created},
                  {"generator_version", report.generator_version}});
  stream.member("metric_table", json_parts::metric_table_json());
  Json formulas = Json::object();
  for (auto const& section : formula_sections()) {
    formulas[section.name] = json_parts::of_formulas(section.rows);
  }
  stream.member("formulas", formulas);
  stream.begin_list("traces");
  for (auto const& trace : report.traces) {
    stream.begin_object_element();
    json_parts::write_trace(stream, trace, detail);
    stream.end();
  }
  stream.end();
  stream.list("comparisons", report.comparisons, [&](Comparison const& comparison) {
    return json_parts::of_comparison(comparison, detail);
  });
  return stream.finish() + (page ? "" : "\n");
}

}  // namespace fluxscope::analysis

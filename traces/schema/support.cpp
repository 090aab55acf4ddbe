// Tables of how the run was measured, and the attribute groups.

#include "traces/pass.hpp"
#include "traces/schema/schema.hpp"
#include "traces/schema/words.hpp"

namespace fluxscope::traces {

template <>
Table<CounterRecord> const& table<CounterRecord>() {
  using R = CounterRecord;
  static Table<R> const kTable = {
      .group = "/counters",
      .description = "Hardware counters.",
      .chunk_rows = 1024,
      .columns = {
          {"case_id", "1", "case", "row of /cases", &R::case_id, Rule::case_id},
          {"launch_index", "1", "launch", "position in the case's launch list", &R::launch_index},
          {"name", "text", "name", "hardware name, e.g. sm__cycles_active.avg", &R::name},
          {"value", "unit", "value", "in the unit of column unit", &R::value,
           Rule::finite_or_missing},
          {"unit", "text", "unit", "of the value", &R::unit},
          {"passes", "1", "passes", "replays that the counter set took", &R::passes}}};
  return kTable;
}

template <>
Table<ActivityRecord> const& table<ActivityRecord>() {
  using R = ActivityRecord;
  static Table<R> const kTable = {
      .group = "/activity",
      .description = "CUPTI API calls, NVTX ranges and overhead records.",
      .chunk_rows = 1024,
      .columns = {{"kind", "text", "kind", "kind of record", &R::kind, Rule::any, words::kActivity},
                  {"name", "text", "name", "API function or range", &R::name},
                  {"start_ns", "ns", "start", "of the call or range", &R::start_ns, Rule::time},
                  {"end_ns", "ns", "end", "of the call or range", &R::end_ns, Rule::time},
                  {"correlation", "1", "correlation", "CUPTI correlation id", &R::correlation}},
      .intervals = {{&R::start_ns, &R::end_ns}}};
  return kTable;
}

template <>
Table<OverheadRecord> const& table<OverheadRecord>() {
  using R = OverheadRecord;
  static Table<R> const kTable = {
      .group = "/overheads",
      .description = "Cost of probing, from interleaved runs.",
      .chunk_rows = 256,
      .columns = {{"case_id", "1", "case", "row of /cases", &R::case_id, Rule::case_id},
                  {"probe_level", "1", "probe level", "0 off, 1 L0", &R::probe_level},
                  {"overhead_ratio", "1", "overhead", "probed / unprobed - 1", &R::overhead_ratio,
                   Rule::finite_or_missing},
                  {"occupancy_changed", "1", "occupancy changed",
                   "1: the probe changed CTAs per SM", &R::occupancy_changed}}};
  return kTable;
}

template <>
Table<CrosscheckRecord> const& table<CrosscheckRecord>() {
  using R = CrosscheckRecord;
  static Table<R> const kTable = {
      .group = "/crosschecks",
      .description = "The same quantity by two instruments.",
      .chunk_rows = 256,
      .columns = {
          {"case_id", "1", "case", "row of /cases", &R::case_id, Rule::case_id},
          {"launch_index", "1", "launch", "position in the case's launch list", &R::launch_index},
          {"name", "text", "name", "quantity", &R::name},
          {"probe_value", "unit", "probe", "by the in-kernel probe", &R::probe_value,
           Rule::finite_or_missing},
          {"other_value", "unit", "other", "by the other instrument", &R::other_value,
           Rule::finite_or_missing},
          {"unit", "text", "unit", "of both values", &R::unit},
          {"note", "text", "note", "why they may differ; empty within 5 %", &R::note}}};
  return kTable;
}

template <>
Table<SmPlaceRecord> const& table<SmPlaceRecord>() {
  using R = SmPlaceRecord;
  static Table<R> const kTable = {
      .group = "/device/sm",
      .description = "Where the SMs of this chip lie, as told by clusters and by reading.",
      .chunk_rows = 256,
      .columns = {{"sm", "1", "SM", "index on the device", &R::sm, Rule::sm, {}, {4}},
                  {"gpc",
                   "1",
                   "GPC",
                   "SMs that clusters reach together",
                   &R::gpc,
                   Rule::index_or_none,
                   {},
                   {4}},
                  {"memory_group",
                   "1",
                   "memory group",
                   "SMs that share a path to memory",
                   &R::memory_group,
                   Rule::index_or_none,
                   {},
                   {4}},
                  {"fill_rank",
                   "1",
                   "fill rank",
                   "CTA that it got of a launch of one per SM",
                   &R::fill_rank,
                   Rule::index_or_none,
                   {},
                   {4}}},
      .since = {4}};
  return kTable;
}

template <>
Table<SmClockRecord> const& table<SmClockRecord>() {
  using R = SmClockRecord;
  static Table<R> const kTable = {
      .group = "/clock/sm",
      .description = "t_ns = t0_ns + slope_ns_per_cyc * (clock64 - clk0_cyc), per SM.",
      .chunk_rows = 256,
      .columns = {{"sm", "1", "SM", "index on the device", &R::sm, Rule::sm},
                  {"slope_ns_per_cyc", "ns/cycle", "slope", "of the fit", &R::slope_ns_per_cyc,
                   Rule::positive},
                  {"clk0_cyc", "cycle", "origin, cycles", "of the fit", &R::clk0_cyc},
                  {"t0_ns", "ns", "origin, time", "of the fit", &R::t0_ns, Rule::time},
                  {"rms_ns", "ns", "residual", "root mean square over the anchors", &R::rms_ns,
                   Rule::not_negative_or_missing},
                  {"anchors", "1", "anchors", "clock pairs in the fit", &R::anchors}}};
  return kTable;
}

template <>
Table<PassRecord> const& table<PassRecord>() {
  using R = PassRecord;
  static Table<R> const kTable = {
      .group = "/passes",
      .description = "What was measured and, where not, why not.",
      .chunk_rows = 256,
      .columns = {
          {"pass", "1", "pass", pass_list(), &R::pass},
          {"name", "text", "name", "of the pass", &R::name},
          {"present", "1", "present", "1: it ran", &R::present},
          {"reason", "text", "reason", "why it is absent; empty where present", &R::reason}}};
  return kTable;
}

template <>
Table<LossRecord> const& table<LossRecord>() {
  using R = LossRecord;
  static Table<R> const kTable = {
      .group = "/loss",
      .description = "Everything that could have been recorded and was not; zeros included.",
      .chunk_rows = 256,
      .columns = {{"name", "text", "name", "of the counter", &R::name},
                  {"count", "1", "count", "records lost", &R::count, Rule::not_negative},
                  {"meaning", "text", "meaning", "what a loss means", &R::meaning}}};
  return kTable;
}

}  // namespace fluxscope::traces

// Tables of what ran where and when: launches, SMs, CTAs, tiles, warps.

#include "traces/schema/schema.hpp"
#include "traces/schema/words.hpp"

namespace fluxscope::traces {

template <>
Table<LaunchRecord> const& table<LaunchRecord>() {
  using R = LaunchRecord;
  static Table<R> const kTable = {
      .group = "/launches",
      .description = "One kernel launch of one pass.",
      .chunk_rows = 256,
      .columns = {{"launch_id", "1", "launch", "row of this table", &R::launch_id, Rule::row_index},
                  {"case_id", "1", "case", "row of /cases; none: no plan made it", &R::case_id,
                   Rule::case_id_or_none},
                  {"pass", "1", "pass", "number as in /passes", &R::pass},
                  {"repetition", "1", "repetition", "counts from 0", &R::repetition},
                  {"index", "1", "index", "position in the case's launch list", &R::index},
                  {"op", "text", "operation",
                   "what the kernel does, e.g. prefill, decode, combine, gather_kv", &R::op},
                  {"counted_as", "text", "counted as", "what of its case the launch's time is",
                   &R::counted_as, Rule::any, words::kCountedAs, Since{1}},
                  {"kernel", "text", "kernel",
                   "plain name, the same in every pass, e.g. decode_split", &R::kernel},
                  {"symbol",
                   "text",
                   "symbol",
                   "demangled name by CUPTI; empty where it was not asked",
                   &R::symbol,
                   Rule::any,
                   {},
                   Since{1}},
                  {"probe_level", "1", "probe level", "0 off, 1 L0", &R::probe_level},
                  {"grid_ctas", "1", "grid", "CTAs launched", &R::grid_ctas, Rule::not_negative},
                  {"threads_per_cta", "1", "threads", "per CTA", &R::threads_per_cta,
                   Rule::not_negative},
                  {"ctas_per_sm", "1", "residency", "CTAs that fit on one SM", &R::ctas_per_sm,
                   Rule::not_negative},
                  {"registers_per_thread", "1", "registers", "per thread", &R::registers_per_thread,
                   Rule::not_negative},
                  {"smem_bytes", "byte", "shared memory", "per CTA, static and dynamic",
                   &R::smem_bytes, Rule::not_negative},
                  {"start_ns", "ns", "start", "CUPTI kernel record or simulation", &R::start_ns,
                   Rule::time_or_missing},
                  {"end_ns", "ns", "end", "CUPTI kernel record or simulation", &R::end_ns,
                   Rule::time_or_missing},
                  {"first_cta_ns", "ns", "first CTA in", "probe or simulation", &R::first_cta_ns,
                   Rule::time_or_missing},
                  {"last_cta_ns", "ns", "last CTA out", "probe or simulation", &R::last_cta_ns,
                   Rule::time_or_missing},
                  {"external_id", "1", "external id", "case << 16 | pass << 8 | repetition",
                   &R::external_id},
                  {"records_dropped", "1", "dropped records", "probe records that found no room",
                   &R::records_dropped, Rule::not_negative},
                  {"ctas_kept", "1", "kept CTAs",
                   "rows of /cta; fewer than grid_ctas by the keep rule", &R::ctas_kept},
                  {"warps_kept", "1", "kept warps", "rows of /warp", &R::warps_kept},
                  {"overlapped", "1", "overlapped", "1: another kernel ran beside it, not analysed",
                   &R::overlapped}},
      .intervals = {{&R::start_ns, &R::end_ns}, {&R::first_cta_ns, &R::last_cta_ns}}};
  return kTable;
}

template <>
Table<SmRecord> const& table<SmRecord>() {
  using R = SmRecord;
  static Table<R> const kTable = {
      .group = "/sm",
      .description = "One SM in one probed or simulated launch. Every SM of the device has a row.",
      .chunk_rows = 4096,
      .columns = {{"launch_id", "1", "launch", "row of /launches", &R::launch_id, Rule::launch_id},
                  {"sm", "1", "SM", "index on the device", &R::sm, Rule::sm},
                  {"first_in_ns", "ns", "first in", "missing: no CTA ran here", &R::first_in_ns,
                   Rule::time_or_missing},
                  {"last_out_ns", "ns", "last out", "missing: no CTA ran here", &R::last_out_ns,
                   Rule::time_or_missing},
                  {"busy_ns", "ns", "busy time", "union of the CTA-resident intervals", &R::busy_ns,
                   Rule::not_negative},
                  {"ctas", "1", "CTAs", "that ran here", &R::ctas},
                  {"slot_busy_ns", "ns", "slot time", "sum of the CTA lifetimes", &R::slot_busy_ns,
                   Rule::not_negative},
                  {"u_ns", "ns", "uncertainty", "of this SM's position on the common axis",
                   &R::u_ns, Rule::not_negative_or_missing}},
      .intervals = {{&R::first_in_ns, &R::last_out_ns}}};
  return kTable;
}

template <>
Table<CtaRecord> const& table<CtaRecord>() {
  using R = CtaRecord;
  static Table<R> const kTable = {
      .group = "/cta",
      .description = "Lifetime of one CTA. Kept where the launch is within the keep rule.",
      .chunk_rows = 8192,
      .columns = {{"launch_id", "1", "launch", "row of /launches", &R::launch_id, Rule::launch_id},
                  {"cta", "1", "CTA", "index in the grid", &R::cta},
                  {"sm", "1", "SM", "index on the device", &R::sm, Rule::sm},
                  {"tile", "1", "tile", "its only tile; none: it ran several, see /work", &R::tile,
                   Rule::index_or_none},
                  {"t_in_ns", "ns", "in", "first warp entered", &R::t_in_ns, Rule::time},
                  {"t_out_ns", "ns", "out", "last warp left", &R::t_out_ns, Rule::time}},
      .intervals = {{&R::t_in_ns, &R::t_out_ns}}};
  return kTable;
}

template <>
Table<WorkRecord> const& table<WorkRecord>() {
  using R = WorkRecord;
  static Table<R> const kTable = {
      .group = "/work",
      .description = "Execution of one tile where CTAs run several (persistent, balanced_split).",
      .chunk_rows = 8192,
      .columns = {{"launch_id", "1", "launch", "row of /launches", &R::launch_id, Rule::launch_id},
                  {"tile", "1", "tile", "index in the work list", &R::tile},
                  {"cta", "1", "CTA", "index in the grid", &R::cta},
                  {"sm", "1", "SM", "index on the device", &R::sm, Rule::sm},
                  {"t_begin_ns", "ns", "begin", "of the tile", &R::t_begin_ns, Rule::time},
                  {"t_end_ns", "ns", "end", "of the tile", &R::t_end_ns, Rule::time}},
      .intervals = {{&R::t_begin_ns, &R::t_end_ns}}};
  return kTable;
}

template <>
Table<WarpRecord> const& table<WarpRecord>() {
  using R = WarpRecord;
  static Table<R> const kTable = {
      .group = "/warp",
      .description = "Lifetime of one warp, in cycles of its own SM.",
      .chunk_rows = 8192,
      .columns = {{"launch_id", "1", "launch", "row of /launches", &R::launch_id, Rule::launch_id},
                  {"cta", "1", "CTA", "index in the grid", &R::cta},
                  {"warp", "1", "warp", "index in the CTA", &R::warp},
                  {"in_cyc", "cycle", "in", "since the CTA's first warp entered", &R::in_cyc},
                  {"out_cyc", "cycle", "out", "since the CTA's first warp entered", &R::out_cyc}}};
  return kTable;
}

template <>
Table<TileTimeRecord> const& table<TileTimeRecord>() {
  using R = TileTimeRecord;
  static Table<R> const kTable = {
      .group = "/tile_times",
      .description = "Durations of all tiles of a probed or simulated launch, by visited blocks.",
      .chunk_rows = 1024,
      .columns = {
          {"launch_id", "1", "launch", "row of /launches", &R::launch_id, Rule::launch_id},
          {"visited_blocks", "block", "visited blocks", "KV blocks that each tile loads",
           &R::visited_blocks, Rule::not_negative},
          {"count", "1", "tiles", "with so many blocks", &R::count},
          {"mean_ns", "ns", "mean", "of the tile durations", &R::mean_ns, Rule::not_negative},
          {"min_ns", "ns", "minimum", "of the tile durations", &R::min_ns, Rule::not_negative},
          {"p50_ns", "ns", "median", "of the tile durations", &R::p50_ns, Rule::not_negative},
          {"p99_ns", "ns", "99th percentile", "of the tile durations", &R::p99_ns,
           Rule::not_negative},
          {"max_ns", "ns", "maximum", "of the tile durations", &R::max_ns, Rule::not_negative}}};
  return kTable;
}

}  // namespace fluxscope::traces

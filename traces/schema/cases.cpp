// Tables of what was run: cases, model rows, tiles, timings.

#include "traces/schema/schema.hpp"
#include "traces/schema/words.hpp"

namespace fluxscope::traces {

template <>
Table<CaseRecord> const& table<CaseRecord>() {
  using R = CaseRecord;
  static Table<R> const kTable = {
      .group = "/cases",
      .description = "One attention layer under one selection, execution and scheduler.",
      .chunk_rows = 256,
      .columns = {
          {"case_id", "1", "case", "row of this table", &R::case_id, Rule::row_index},
          {"name", "text", "name", "unique; joins measured and simulated traces", &R::name},
          {"phase", "text", "phase", "phase of inference", &R::phase, Rule::any, words::kPhase},
          {"execution", "text", "execution", "how the selections become launches", &R::execution,
           Rule::any, words::kExecution},
          {"scheduler", "text", "scheduler", "order of the tiles", &R::scheduler, Rule::any,
           words::kScheduler},
          {"sparse_kind", "text", "selection of the sparse heads", "none where all heads are full",
           &R::sparse_kind, Rule::any, words::kSparseKind},
          {"batch", "1", "batch size", "requests", &R::batch, Rule::not_negative},
          {"q_len", "token", "query length", "largest of the batch", &R::q_len, Rule::not_negative},
          {"kv_len", "token", "KV length", "largest of the batch", &R::kv_len, Rule::not_negative},
          {"q_heads", "1", "query heads", "per layer", &R::q_heads, Rule::not_negative},
          {"kv_heads", "1", "KV heads", "per layer", &R::kv_heads, Rule::not_negative},
          {"head_dim", "1", "head dimension", "elements of one head", &R::head_dim,
           Rule::not_negative},
          {"full_kv_heads", "1", "KV heads on full attention", "summed over the batch",
           &R::full_kv_heads, Rule::not_negative},
          {"sink_tokens", "token", "sink", "first tokens that sparse heads keep", &R::sink_tokens,
           Rule::not_negative},
          {"local_tokens", "token", "local window", "latest tokens that sparse heads keep",
           &R::local_tokens, Rule::not_negative},
          {"last_tokens", "token", "full last rows", "last query rows that triangle reads in full",
           &R::last_tokens, Rule::not_negative},
          {"launches", "1", "launches", "kernel launches of one execution", &R::launches,
           Rule::not_negative},
          {"tiles", "1", "tiles", "tiles of the attention launches", &R::tiles, Rule::not_negative},
          {"longest_tile_blocks", "block", "longest tile", "KV blocks of the longest tile",
           &R::longest_tile_blocks, Rule::not_negative},
          {"selected_blocks", "block", "selected blocks",
           "(query block, KV block) pairs per head, summed", &R::selected_blocks,
           Rule::not_negative},
          {"visited_blocks", "block", "visited blocks", "loaded pairs, masked-out ones included",
           &R::visited_blocks, Rule::not_negative},
          {"full_blocks", "block", "blocks of the full layer",
           "the same layer with every head full", &R::full_blocks, Rule::not_negative},
          {"kv_bytes_selected", "byte", "selected KV",
           "K and V of the distinct selected KV blocks, each once however many rows read it: "
           "blocks x 128 x 2 x 2 x head_dim",
           &R::kv_bytes_selected, Rule::not_negative},
          {"kv_bytes_held", "byte", "held KV", "K and V kept in memory", &R::kv_bytes_held,
           Rule::not_negative},
          {"time_ns", "ns", "clean time",
           "mean over the turns of pass timing (before 1.4: median); simulated: the prediction",
           &R::time_ns, Rule::not_negative_or_missing},
          {"time_low_ns", "ns", "clean time, low",
           "shortest sample (before 1.4: first quartile); simulated: 90 % interval, low",
           &R::time_low_ns, Rule::not_negative_or_missing},
          {"time_high_ns", "ns", "clean time, high",
           "longest sample (before 1.4: third quartile); simulated: 90 % interval, high",
           &R::time_high_ns, Rule::not_negative_or_missing},
          {"provenance", "text", "provenance", "where the time comes from", &R::provenance,
           Rule::any, words::kProvenance}}};
  return kTable;
}

template <>
Table<RowRecord> const& table<RowRecord>() {
  using R = RowRecord;
  static Table<R> const kTable = {
      .group = "/rows",
      .description = "One line of the head-against-layer table: a policy over a whole model.",
      .chunk_rows = 256,
      .columns = {
          {"row_id", "1", "row", "row of this table", &R::row_id, Rule::row_index},
          {"policy", "text", "policy", "maker of the selections", &R::policy},
          {"level", "text", "level", "where the choice is made", &R::level, Rule::any,
           words::kLevel},
          {"msr_ratio", "1", "model sparsity ratio", "share of layers or heads that are sparse",
           &R::msr_ratio, Rule::share},
          {"phase", "text", "phase", "phase of inference", &R::phase, Rule::any, words::kPhase},
          {"batch", "1", "batch size", "requests", &R::batch, Rule::not_negative},
          {"q_len", "token", "query length", "largest of the batch", &R::q_len, Rule::not_negative},
          {"kv_len", "token", "KV length", "largest of the batch", &R::kv_len, Rule::not_negative},
          {"execution", "text", "execution", "of the layers that have a choice", &R::execution,
           Rule::any, words::kExecution},
          {"scheduler", "text", "scheduler", "order of the tiles", &R::scheduler, Rule::any,
           words::kScheduler},
          {"tied_kv_heads",
           "1",
           "tied KV heads",
           "all layers' KV heads whose score equals others' at the cut: a random draw chose",
           &R::tied_kv_heads,
           Rule::not_negative,
           {},
           Since{1}},
          {"tie_seed",
           "1",
           "tie seed",
           "seed of that draw; 0 where there was none",
           &R::tie_seed,
           Rule::any,
           {},
           Since{1}},
          {"kv_tokens",
           "token",
           "KV tokens",
           "KV lengths of all requests, summed; 0: not told, all have kv_len",
           &R::kv_tokens,
           Rule::not_negative,
           {},
           Since{4}}}};
  return kTable;
}

template <>
Table<RowLayerRecord> const& table<RowLayerRecord>() {
  using R = RowLayerRecord;
  static Table<R> const kTable = {
      .group = "/row_layers",
      .description = "The case of each layer of a row.",
      .chunk_rows = 1024,
      .columns = {{"row_id", "1", "row", "row of /rows", &R::row_id, Rule::row_id},
                  {"layer", "1", "layer", "index in the model", &R::layer},
                  {"case_id", "1", "case", "row of /cases", &R::case_id, Rule::case_id}}};
  return kTable;
}

template <>
Table<TileRow> const& table<TileRow>() {
  using R = TileRow;
  static Table<R> const kTable = {
      .group = "/tiles",
      .description = "The tile table of a kept launch list, one row per tile.",
      .chunk_rows = 4096,
      .columns = {
          {"case_id", "1", "case", "row of /cases", &R::case_id, Rule::case_id},
          {"launch_index", "1", "launch", "position in the case's launch list", &R::launch_index},
          {"tile", "1", "tile", "index in the work list", &R::tile},
          {"seq", "1", "request", "index in the batch", &R::seq},
          {"head", "1", "head", "query head (prefill) or KV head (decode, gather_kv)", &R::head},
          {"q_block", "1", "query block", "block of 128 query rows; 0 in decode", &R::q_block},
          {"split", "1", "split", "index of this piece of its row", &R::split},
          {"num_splits", "1", "splits", "pieces of its row", &R::num_splits},
          {"kv_begin", "block", "first KV block", "after the sink; or first list entry",
           &R::kv_begin, Rule::not_negative},
          {"sink_count", "block", "sink blocks", "KV blocks of the sink", &R::sink_count,
           Rule::not_negative},
          {"visited_blocks", "block", "visited blocks", "KV blocks that the tile loads",
           &R::visited_blocks, Rule::not_negative}}};
  return kTable;
}

template <>
Table<SampleRecord> const& table<SampleRecord>() {
  using R = SampleRecord;
  static Table<R> const kTable = {
      .group = "/samples",
      .description = "Every raw timing of the passes timing and overhead.",
      .chunk_rows = 256,
      .columns = {
          {"case_id", "1", "case", "row of /cases", &R::case_id, Rule::case_id},
          {"pass", "1", "pass", "number as in /passes", &R::pass},
          {"repetition", "1", "repetition", "counts from 0", &R::repetition},
          {"probe_level", "1", "probe level", "0 off, 1 L0", &R::probe_level},
          {"time_ns", "ns", "time", "one execution of the case, all its launches", &R::time_ns,
           Rule::not_negative},
          {"sm_clock_mhz", "MHz", "SM clock", "as read beside the timing", &R::sm_clock_mhz,
           Rule::not_negative_or_missing},
          {"power_w", "W", "power", "as read beside the timing", &R::power_w,
           Rule::not_negative_or_missing},
          {"dropped", "1", "dropped", "1: kept here, left out of the case's time", &R::dropped},
          {"drop_reason", "text", "reason", "why the sample was dropped", &R::drop_reason},
          {"turn",
           "1",
           "turn",
           "where on the chip its CTAs began: eighths of the SMs after the usual place",
           &R::turn,
           Rule::any,
           {},
           {4}}}};
  return kTable;
}

}  // namespace fluxscope::traces

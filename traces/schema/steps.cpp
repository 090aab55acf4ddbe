// Tables of whole steps: steps, their launches, timings and decisions.

#include "traces/schema/schema.hpp"
#include "traces/schema/words.hpp"

namespace fluxscope::traces {
namespace {

constexpr Since kSteps{4};

/// A column of a table that is as old as its columns.
template <class Record, class Field>
Column<Record> of(std::string_view name, std::string_view units, std::string_view long_name,
                  std::string_view description, Field Record::*member, Rule rule = Rule::any,
                  Texts one_of = {}) {
  return {name, units, long_name, description, member, rule, one_of, kSteps};
}

}  // namespace

template <>
Table<StepRecord> const& table<StepRecord>() {
  using R = StepRecord;
  static Table<R> const kTable = {
      .group = "/steps",
      .description =
          "A whole step of a row: a prefill, a chunk of one, or a decoded token of each "
          "request; one rank's part.",
      .chunk_rows = 256,
      .columns = {of("step_id", "1", "step", "row of this table", &R::step_id, Rule::row_index),
                  of("name", "text", "name", "unique; joins measured and simulated traces",
                     &R::name),
                  of("row_id", "1", "row", "row of /rows", &R::row_id, Rule::row_id),
                  of("mode", "text", "mode", "launched one by one, or as a CUDA graph", &R::mode,
                     Rule::any, words::kLaunchMode),
                  of("chunk", "1", "chunk", "of the prefill, from 0", &R::chunk),
                  of("chunks", "1", "chunks", "of the prefill", &R::chunks),
                  of("tokens", "token", "tokens", "queries of all requests", &R::tokens,
                     Rule::not_negative),
                  of("kv_tokens", "token", "KV tokens", "contexts of all requests, summed",
                     &R::kv_tokens, Rule::not_negative),
                  of("ranks", "1", "ranks", "GPUs of the tensor-parallel group", &R::ranks,
                     Rule::not_negative),
                  of("routed", "1", "routed", "1: a router chose in each layer", &R::routed),
                  of("launches", "1", "launches", "of the step", &R::launches, Rule::not_negative),
                  of("weight_bytes", "byte", "weights", "of the rank", &R::weight_bytes,
                     Rule::not_negative),
                  of("kv_bytes_held", "byte", "held KV", "K and V of all layers of the rank",
                     &R::kv_bytes_held, Rule::not_negative),
                  of("time_ns", "ns", "clean time",
                     "median of the samples; simulated: the prediction", &R::time_ns,
                     Rule::not_negative_or_missing),
                  of("time_low_ns", "ns", "clean time, low",
                     "first quartile; simulated: 90 % interval, low", &R::time_low_ns,
                     Rule::not_negative_or_missing),
                  of("time_high_ns", "ns", "clean time, high",
                     "third quartile; simulated: 90 % interval, high", &R::time_high_ns,
                     Rule::not_negative_or_missing),
                  of("host_ns", "ns", "host time",
                     "from the first launch's call to the last one's return", &R::host_ns,
                     Rule::not_negative_or_missing),
                  of("provenance", "text", "provenance",
                     "where the time comes from: the least certain of its launches", &R::provenance,
                     Rule::any, words::kProvenance)},
      .since = kSteps};
  return kTable;
}

template <>
Table<StepLaunchRecord> const& table<StepLaunchRecord>() {
  using R = StepLaunchRecord;
  static Table<R> const kTable =
      {.group = "/step_launches",
       .description =
           "A launch of a step, in stream order. Operations without tiles have no rows "
           "in /tiles.",
       .columns =
           {of("step_id", "1", "step", "row of /steps", &R::step_id, Rule::step_id),
            of("index", "1", "index", "position in the step", &R::index),
            of("layer", "1", "layer", "none: before the first or after the last", &R::layer,
               Rule::index_or_none),
            of("op", "text", "operation", "what it does, e.g. qkv_gemm, rms_norm, decode", &R::op),
            of("counted_as", "text", "counted as", "what of the step its time is", &R::counted_as,
               Rule::any, words::kCountedAs),
            of("kernel", "text", "kernel", "plain name; of products the library's algorithm",
               &R::kernel),
            of("case_id", "1", "case", "of attention, its copies and merges: the layer's",
               &R::case_id, Rule::case_id_or_none),
            of("m", "1", "m", "products: rows of the activations; else 0", &R::m,
               Rule::not_negative),
            of("n", "1", "n", "products: rows of the weights; else 0", &R::n, Rule::not_negative),
            of("k", "1", "k", "products: columns of both; else 0", &R::k, Rule::not_negative),
            of(
                "bytes", "byte", "bytes",
                "operations on rows: read and written; collectives: of one rank's message; else 0",
                &R::bytes, Rule::not_negative),
            of(
                "start_ns", "ns", "start", "CUPTI kernel record or simulation", &R::start_ns,
                Rule::time_or_missing),
            of(
                "end_ns", "ns", "end", "CUPTI kernel record or simulation", &R::end_ns,
                Rule::time_or_missing),
            of(
                "time_ns", "ns", "time", "on the GPU: median, or the prediction", &R::time_ns,
                Rule::not_negative_or_missing),
            of(
                "time_low_ns", "ns", "time, low", "first quartile; simulated: 90 % interval, low",
                &R::time_low_ns, Rule::not_negative_or_missing),
            of(
                "time_high_ns", "ns", "time, high",
                "third quartile; simulated: 90 % interval, high", &R::time_high_ns,
                Rule::not_negative_or_missing),
            of(
                "host_ns", "ns", "host time", "of its call; missing in a graph", &R::host_ns,
                Rule::not_negative_or_missing),
            of(
                "provenance", "text", "provenance", "where the time comes from",
                &R::provenance, Rule::any, words::kProvenance)},
       .intervals = {{&R::start_ns, &R::end_ns}},
       .since = kSteps};
  return kTable;
}

template <>
Table<StepSampleRecord> const& table<StepSampleRecord>() {
  using R = StepSampleRecord;
  static Table<R> const kTable = {
      .group = "/step_samples",
      .description = "Every raw timing of a step.",
      .chunk_rows = 256,
      .columns = {of("step_id", "1", "step", "row of /steps", &R::step_id, Rule::step_id),
                  of("repetition", "1", "repetition", "counts from 0", &R::repetition),
                  of("time_ns", "ns", "time", "one execution of the step", &R::time_ns,
                     Rule::not_negative),
                  of("host_ns", "ns", "host time", "the host enqueued for so long", &R::host_ns,
                     Rule::not_negative_or_missing),
                  of("sm_clock_mhz", "MHz", "SM clock", "as read beside the timing",
                     &R::sm_clock_mhz, Rule::not_negative_or_missing),
                  of("power_w", "W", "power", "as read beside the timing", &R::power_w,
                     Rule::not_negative_or_missing),
                  of("dropped", "1", "dropped", "1: kept here, left out of the median",
                     &R::dropped),
                  of("drop_reason", "text", "reason", "why the sample was dropped",
                     &R::drop_reason)},
      .since = kSteps};
  return kTable;
}

template <>
Table<GateRecord> const& table<GateRecord>() {
  using R = GateRecord;
  static Table<R> const kTable = {
      .group = "/gates",
      .description = "The decisions that the steps of a row ran with.",
      .columns = {of("row_id", "1", "row", "row of /rows", &R::row_id, Rule::row_id),
                  of("request", "1", "request", "index in the batch", &R::request),
                  of("layer", "1", "layer", "index in the model", &R::layer),
                  of("kv_head", "1", "KV head", "of the rank; none: all of the layer", &R::kv_head,
                     Rule::index_or_none),
                  of("full", "1", "full", "1: full attention", &R::full)},
      .since = kSteps};
  return kTable;
}

}  // namespace fluxscope::traces

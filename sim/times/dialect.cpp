#include "sim/times/dialect.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text/printable.hpp"
#include "plan/layer/layer_plan.hpp"
#include "sim/times/columns.hpp"

namespace fluxscope::sim {
namespace {

using Cells = std::span<std::string const>;

constexpr std::array<std::string_view, 6> kSizes = {"batch",   "q_len",    "kv_len",
                                                    "q_heads", "kv_heads", "head_dim"};

class OwnDialect : public TimesDialect {
 public:
  explicit OwnDialect(CsvReader const& reader) : columns_(reader), time_(time_column(reader)) {
    for (std::string_view const name : kSizes) (void)reader.at(name);
    std::vector<std::string> known(kSizes.begin(), kSizes.end());
    for (char const* name : {"phase", "window_tokens", "causal", "kernel", "op"}) {
      known.emplace_back(name);
    }
    expect_known(reader, time_, known);
  }

  [[nodiscard]] TimedRow row(Cells cells, std::string const& where) const override {
    expect_attention(cells, where);
    TimedRow row;
    row.batch = columns_.count(cells, "batch", 1, plan::kMaxBatch, where);
    row.q_len = columns_.count(cells, "q_len", 1, plan::kMaxTokens, where);
    row.kv_len = columns_.count(cells, "kv_len", 1, plan::kMaxTokens, where);
    row.shape = {.q_heads = columns_.count(cells, "q_heads", 1, limits::kHeads, where),
                 .kv_heads = columns_.count(cells, "kv_heads", 1, limits::kHeads, where),
                 .head_dim = columns_.count(cells, "head_dim", 1, 1024, where)};
    row.window_tokens = columns_.count_or(cells, "window_tokens", 0, plan::kMaxTokens, where);
    row.causal = columns_.count_or(cells, "causal", 1, 1, where) == 1;
    row.phase = phase(cells, row.q_len, where);
    row.time_ns = columns_.time_ns(cells, time_.name, time_.unit_ns, where);
    return row;
  }
  [[nodiscard]] std::string kernel(Cells cells) const override {
    return columns_.text(cells, "kernel");
  }

 private:
  void expect_attention(Cells cells, std::string const& where) const {
    std::string const op = columns_.text(cells, "op");
    if (op.empty() || op == "attention") return;
    throw InputError(where + "op = " + in_quotes(op) +
                     " (a profile of attention kernels is fitted) leave rows of attention only.");
  }

  [[nodiscard]] plan::Phase phase(Cells cells, std::int32_t q_len, std::string const& where) const {
    std::string const text = columns_.text(cells, "phase");
    if (text.empty()) return q_len == 1 ? plan::Phase::decode : plan::Phase::prefill;
    if (text == "prefill") return plan::Phase::prefill;
    if (text == "decode" && q_len == 1) return plan::Phase::decode;
    throw InputError(where + "phase = " + in_quotes(text) +
                     (text == "decode" ? " with q_len above 1 (a decode row has one query)."
                                       : " is neither prefill nor decode."));
  }

  Columns columns_;
  TimeColumn time_;
};

constexpr std::array<std::string_view, 7> kAicColumns = {
    "batch_size", "isl", "step", "num_heads", "num_key_value_heads", "head_dim", "latency"};

/// ai-dynamo/aiconfigurator, systems/data: latency is in ms; a generation row has isl = 1 and its
/// token behind `step` others.
class AiconfiguratorDialect : public TimesDialect {
 public:
  explicit AiconfiguratorDialect(CsvReader const& reader) : columns_(reader) {}

  [[nodiscard]] TimedRow row(Cells cells, std::string const& where) const override {
    TimedRow row;
    row.batch = columns_.count(cells, "batch_size", 1, plan::kMaxBatch, where);
    row.q_len = columns_.count(cells, "isl", 1, plan::kMaxTokens, where);
    std::int32_t const step = columns_.count(cells, "step", 0, plan::kMaxTokens / 2, where);
    row.kv_len = row.q_len + step;
    row.shape = {.q_heads = columns_.count(cells, "num_heads", 1, limits::kHeads, where),
                 .kv_heads = columns_.count(cells, "num_key_value_heads", 1, limits::kHeads, where),
                 .head_dim = columns_.count(cells, "head_dim", 1, 1024, where)};
    row.window_tokens = columns_.count_or(cells, "window_size", 0, plan::kMaxTokens, where);
    row.phase = row.q_len == 1 && step > 0 ? plan::Phase::decode : plan::Phase::prefill;
    row.time_ns = columns_.time_ns(cells, "latency", 1e6, where);
    return row;
  }
  [[nodiscard]] std::string kernel(Cells cells) const override {
    return columns_.text(cells, "kernel_source");
  }

 private:
  Columns columns_;
};

constexpr std::array<std::string_view, 10> kVidurColumns = {"batch_size",
                                                            "prefill_chunk_size",
                                                            "kv_cache_size",
                                                            "is_prefill",
                                                            "n_embd",
                                                            "n_q_head",
                                                            "n_kv_head",
                                                            "num_tensor_parallel_workers",
                                                            "time_stats.attn_prefill.median",
                                                            "time_stats.attn_decode.median"};

/// microsoft/vidur and NetX-lab/Frontier, data/profiling: medians in ms; the cache of a prefill
/// chunk holds the tokens before it.
class VidurDialect : public TimesDialect {
 public:
  explicit VidurDialect(CsvReader const& reader) : columns_(reader) {}

  [[nodiscard]] TimedRow row(Cells cells, std::string const& where) const override {
    auto const heads = [&](char const* column) {
      return columns_.count(cells, column, 1, limits::kHeads, where);
    };
    bool const prefill = columns_.text(cells, "is_prefill") == "True";
    std::int32_t const ranks = heads("num_tensor_parallel_workers");
    std::int32_t const width = columns_.count(cells, "n_embd", 1, limits::kModelSize, where);
    std::int32_t const cached =
        columns_.count(cells, "kv_cache_size", prefill ? 0 : 1, plan::kMaxTokens / 2, where);
    TimedRow row;
    row.phase = prefill ? plan::Phase::prefill : plan::Phase::decode;
    row.batch = columns_.count(cells, "batch_size", 1, plan::kMaxBatch, where);
    row.q_len =
        prefill ? columns_.count(cells, "prefill_chunk_size", 1, plan::kMaxTokens / 2, where) : 1;
    row.kv_len = prefill ? cached + row.q_len : cached;
    row.shape = {.q_heads = heads("n_q_head") / ranks,
                 .kv_heads = heads("n_kv_head") / ranks,
                 .head_dim = width / heads("n_q_head")};
    row.time_ns = columns_.time_ns(
        cells, prefill ? "time_stats.attn_prefill.median" : "time_stats.attn_decode.median", 1e6,
        where);
    return row;
  }
  [[nodiscard]] std::string kernel(Cells cells) const override {
    return columns_.text(cells, "attention_backend");
  }

 private:
  Columns columns_;
};

}  // namespace

std::unique_ptr<TimesDialect> dialect_of(CsvReader const& reader) {
  if (has_all(reader, kAicColumns)) return std::make_unique<AiconfiguratorDialect>(reader);
  if (has_all(reader, kVidurColumns)) return std::make_unique<VidurDialect>(reader);
  return std::make_unique<OwnDialect>(reader);
}

}  // namespace fluxscope::sim

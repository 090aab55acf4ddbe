#include "sim/times/dialect.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text/cells.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"
#include "plan/layer/layer_plan.hpp"

namespace fluxscope::sim {
namespace {

using Cells = std::span<std::string const>;

/// Columns by place, cells by column.
class Columns {
 public:
  explicit Columns(CsvReader const& reader) : names_(reader.columns()) {}

  [[nodiscard]] std::string const* find(Cells cells, std::string_view column) const {
    auto const found = std::find(names_.begin(), names_.end(), column);
    return found == names_.end() ? nullptr : &cells[std::size_t(found - names_.begin())];
  }
  [[nodiscard]] std::string text(Cells cells, std::string_view column) const {
    std::string const* cell = find(cells, column);
    return cell == nullptr ? "" : *cell;
  }
  [[nodiscard]] std::int32_t count(Cells cells, std::string_view column, std::int64_t low,
                                   std::int64_t high, std::string const& where) const {
    std::string const* cell = find(cells, column);
    expects(cell != nullptr, "a dialect asks for columns that it checked");
    return static_cast<std::int32_t>(whole_cell(*cell, column, low, high, where));
  }
  [[nodiscard]] std::int32_t count_or(Cells cells, std::string_view column, std::int32_t fallback,
                                      std::int64_t high, std::string const& where) const {
    return find(cells, column) == nullptr ? fallback : count(cells, column, 0, high, where);
  }
  /// A positive time.
  [[nodiscard]] double time_ns(Cells cells, std::string_view column, double unit_ns,
                               std::string const& where) const {
    double const value = number_cell(text(cells, column), column, where);
    constexpr double kLongestNs = 1e12;
    if (value > 0 && value * unit_ns <= kLongestNs) return value * unit_ns;
    throw InputError(where + std::string(column) + " = " + in_quotes(text(cells, column)) +
                     " is not a time of a kernel (more than 0, at most 1000 s). Correct or remove "
                     "the row.");
  }

 private:
  std::vector<std::string> names_;
};

bool has_all(CsvReader const& reader, std::span<std::string_view const> columns) {
  return std::all_of(columns.begin(), columns.end(),
                     [&](std::string_view name) { return reader.find(name).has_value(); });
}

struct Unit {
  std::string_view suffix;
  double ns;
};
constexpr std::array<Unit, 4> kUnits = {{{"_ns", 1}, {"_us", 1e3}, {"_ms", 1e6}, {"_s", 1e9}}};
constexpr std::array<std::string_view, 6> kSizes = {"batch",   "q_len",    "kv_len",
                                                    "q_heads", "kv_heads", "head_dim"};

class OwnDialect : public TimesDialect {
 public:
  explicit OwnDialect(CsvReader const& reader) : columns_(reader) {
    find_time(reader);
    for (std::string_view const name : kSizes) (void)reader.at(name);
    std::vector<std::string> known(kSizes.begin(), kSizes.end());
    for (char const* name : {"phase", "window_tokens", "causal", "kernel", "op"}) {
      known.emplace_back(name);
    }
    for (std::string const& name : reader.columns()) {
      if (name == time_ || std::find(known.begin(), known.end(), name) != known.end()) continue;
      throw InputError(reader.where() + "column " + in_quotes(name) +
                       " is not known (nothing may be left out by a slip), " +
                       expected_one_of(name, known) + "; or remove it.");
    }
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
    row.time_ns = columns_.time_ns(cells, time_, unit_ns_, where);
    return row;
  }
  [[nodiscard]] std::string kernel(Cells cells) const override {
    return columns_.text(cells, "kernel");
  }

 private:
  void find_time(CsvReader const& reader) {
    for (std::string const& name : reader.columns()) {
      for (char const* stem : {"time", "latency"}) {
        if (name == stem) {
          throw InputError(reader.where() + "column " + in_quotes(name) +
                           " has no unit (a thousandfold error would go unseen) name it " + stem +
                           "_ms, _us, _ns or _s.");
        }
        for (Unit const& unit : kUnits) {
          if (name != std::string(stem) + std::string(unit.suffix)) continue;
          if (!time_.empty()) {
            throw InputError(reader.where() + "columns " + in_quotes(time_) + " and " +
                             in_quotes(name) + " are both times (one is fitted) remove one.");
          }
          time_ = name;
          unit_ns_ = unit.ns;
        }
      }
    }
    if (time_.empty()) (void)reader.at("time_ms");
  }

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
  std::string time_;
  double unit_ns_ = 1;
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

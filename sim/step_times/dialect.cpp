#include "sim/step_times/dialect.hpp"

#include <array>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"
#include "plan/op/element.hpp"
#include "sim/device/step_tables.hpp"
#include "sim/times/columns.hpp"

namespace fluxscope::sim {
namespace {

using Cells = std::span<std::string const>;
using Rows = std::vector<StepTimedRow>;
using plan::kElementBytes;
using plan::LaunchOp;

constexpr std::int64_t kMostSize = std::int64_t{1} << 30;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 50;

StepTimedRow product(plan::GemmShape const& shape, double time_ns) {
  return {.table = StepTable::gemm, .gemm = shape, .time_ns = time_ns};
}
StepTimedRow rows_of(LaunchOp op, std::int64_t bytes, double time_ns) {
  return {.table = StepTable::rows, .op = op, .bytes = bytes, .time_ns = time_ns};
}
StepTimedRow all_reduce(std::int32_t ranks, std::int64_t bytes, double time_ns) {
  return {.table = StepTable::collective, .ranks = ranks, .bytes = bytes, .time_ns = time_ns};
}

void expect_text(std::string const& value, std::string_view column, std::string_view wanted,
                 std::string const& where) {
  if (value == wanted) return;
  throw InputError(where + std::string(column) + " = " + in_quotes(value) +
                   " (steps are of bf16, and all_reduce is their only collective) leave rows of " +
                   std::string(wanted) + " only.");
}

/// Ours: m, n, k; or op, bytes; or ranks, bytes.
class OwnDialect : public StepDialect {
 public:
  OwnDialect(CsvReader const& reader, StepTable table)
      : columns_(reader), time_(time_column(reader)), table_(table) {
    std::vector<std::string> known = {"op", "bytes"};
    if (table == StepTable::gemm) known = {"m", "n", "k"};
    if (table == StepTable::collective) known = {"ranks", "bytes"};
    for (std::string const& name : known) (void)reader.at(name);
    expect_known(reader, time_, known);
  }

  [[nodiscard]] Rows rows(Cells cells, std::string const& where) const override {
    double const ns = columns_.time_ns(cells, time_.name, time_.unit_ns, where);
    auto const size = [&](char const* column) {
      return columns_.whole(cells, column, 1, kMostSize, where);
    };
    if (table_ == StepTable::gemm) {
      return {product({.m = size("m"), .n = size("n"), .k = size("k")}, ns)};
    }
    std::int64_t const bytes = columns_.whole(cells, "bytes", 1, kMostBytes, where);
    if (table_ == StepTable::collective) {
      return {all_reduce(columns_.count(cells, "ranks", 2, limits::kHeads, where), bytes, ns)};
    }
    return {rows_of(op(cells, where), bytes, ns)};
  }

 private:
  [[nodiscard]] LaunchOp op(Cells cells, std::string const& where) const {
    std::string const name = columns_.text(cells, "op");
    auto const names = row_op_names();
    for (std::string const& known : names) {
      if (known == name) return *plan::find_op(name);
    }
    throw InputError(where + "op = " + in_quotes(name) + " is no operation on rows, " +
                     expected_one_of(name, names) + ".");
  }

  Columns columns_;
  TimeColumn time_;
  StepTable table_;
};

constexpr std::array<std::string_view, 5> kAicGemm = {"gemm_dtype", "m", "n", "k", "latency"};

class AicGemmDialect : public StepDialect {
 public:
  explicit AicGemmDialect(CsvReader const& reader) : columns_(reader) {}

  [[nodiscard]] Rows rows(Cells cells, std::string const& where) const override {
    expect_text(columns_.text(cells, "gemm_dtype"), "gemm_dtype", "bfloat16", where);
    auto const size = [&](char const* column) {
      return columns_.whole(cells, column, 1, kMostSize, where);
    };
    return {product({.m = size("m"), .n = size("n"), .k = size("k")},
                    columns_.time_ns(cells, "latency", 1e6, where))};
  }

 private:
  Columns columns_;
};

constexpr std::array<std::string_view, 6> kAicReduce = {
    "op_name", "allreduce_dtype", "num_gpus", "message_size", "backend", "latency"};

/// message_size counts elements (CustomAllReduce of its operations/communication.py).
class AicReduceDialect : public StepDialect {
 public:
  explicit AicReduceDialect(CsvReader const& reader) : columns_(reader) {}

  [[nodiscard]] Rows rows(Cells cells, std::string const& where) const override {
    expect_text(columns_.text(cells, "op_name"), "op_name", "all_reduce", where);
    expect_text(columns_.text(cells, "allreduce_dtype"), "allreduce_dtype", "bfloat16", where);
    if (columns_.text(cells, "backend").ends_with("_eager")) return {};
    std::int64_t const elements = columns_.whole(cells, "message_size", 1, kMostBytes / 2, where);
    return {all_reduce(columns_.count(cells, "num_gpus", 2, limits::kHeads, where),
                       kElementBytes * elements, columns_.time_ns(cells, "latency", 1e6, where))};
  }

 private:
  Columns columns_;
};

constexpr std::array<std::string_view, 16> kVidurMlp = {"num_tokens",
                                                        "n_head",
                                                        "n_kv_head",
                                                        "n_embd",
                                                        "n_expanded_embd",
                                                        "use_gated_mlp",
                                                        "num_tensor_parallel_workers",
                                                        "time_stats.emb.median",
                                                        "time_stats.input_layernorm.median",
                                                        "time_stats.attn_pre_proj.median",
                                                        "time_stats.attn_rope.median",
                                                        "time_stats.attn_post_proj.median",
                                                        "time_stats.mlp_up_proj.median",
                                                        "time_stats.mlp_act.median",
                                                        "time_stats.mlp_down_proj.median",
                                                        "time_stats.add.median"};

/// microsoft/vidur and NetX-lab/Frontier, mlp.csv: a line has all operations of one layer at so
/// many tokens; medians in ms. Bytes are what their kernels move: the norm adds no residual (that
/// is `add`, which our steps do not launch), the rotary embedding reads and writes Q and K alone.
class VidurMlpDialect : public StepDialect {
 public:
  explicit VidurMlpDialect(CsvReader const& reader) : columns_(reader) {}

  [[nodiscard]] Rows rows(Cells cells, std::string const& where) const override {
    auto const size = [&](char const* column) {
      return columns_.whole(cells, column, 1, limits::kModelSize, where);
    };
    auto const ns = [&](std::string const& operation) {
      return columns_.time_ns(cells, "time_stats." + operation + ".median", 1e6, where);
    };
    expect_text(columns_.text(cells, "use_gated_mlp"), "use_gated_mlp", "True", where);
    std::int64_t const m = columns_.whole(cells, "num_tokens", 1, kMostSize, where);
    std::int64_t const hidden = size("n_embd");
    std::int64_t const head_dim = hidden / size("n_head");
    std::int64_t const ranks = size("num_tensor_parallel_workers");
    std::int64_t const q = hidden / ranks;
    std::int64_t const kv = size("n_kv_head") * head_dim / ranks;
    std::int64_t const inner = size("n_expanded_embd") / ranks;
    Rows made = {product({.m = m, .n = q + 2 * kv, .k = hidden}, ns("attn_pre_proj")),
                 product({.m = m, .n = hidden, .k = q}, ns("attn_post_proj")),
                 product({.m = m, .n = 2 * inner, .k = hidden}, ns("mlp_up_proj")),
                 product({.m = m, .n = hidden, .k = inner}, ns("mlp_down_proj"))};
    auto const moved = [&](LaunchOp op, std::int64_t elements, std::string const& operation) {
      made.push_back(rows_of(op, kElementBytes * m * elements, ns(operation)));
    };
    // With ranks the vocabulary is divided and most rows are masked: not our embedding.
    if (ranks == 1) moved(LaunchOp::embedding, 2 * hidden, "emb");
    moved(LaunchOp::rms_norm, 2 * hidden, "input_layernorm");
    moved(LaunchOp::rope_append, 2 * (q + kv), "attn_rope");
    moved(LaunchOp::silu_mul, 3 * inner, "mlp_act");
    return made;
  }

 private:
  Columns columns_;
};

constexpr std::array<std::string_view, 4> kVidurReduce = {"time_stats.all_reduce.median",
                                                          "num_workers", "size", "collective"};

class VidurReduceDialect : public StepDialect {
 public:
  explicit VidurReduceDialect(CsvReader const& reader) : columns_(reader) {}

  [[nodiscard]] Rows rows(Cells cells, std::string const& where) const override {
    expect_text(columns_.text(cells, "collective"), "collective", "all_reduce", where);
    return {all_reduce(columns_.count(cells, "num_workers", 2, limits::kHeads, where),
                       columns_.whole(cells, "size", 1, kMostBytes, where),
                       columns_.time_ns(cells, "time_stats.all_reduce.median", 1e6, where))};
  }

 private:
  Columns columns_;
};

}  // namespace

std::unique_ptr<StepDialect> step_dialect_of(CsvReader const& reader) {
  if (has_all(reader, kAicGemm)) return std::make_unique<AicGemmDialect>(reader);
  if (has_all(reader, kAicReduce)) return std::make_unique<AicReduceDialect>(reader);
  if (has_all(reader, kVidurMlp)) return std::make_unique<VidurMlpDialect>(reader);
  if (has_all(reader, kVidurReduce)) return std::make_unique<VidurReduceDialect>(reader);
  auto const has = [&](char const* name) { return reader.find(name).has_value(); };
  if (has("m") || has("n") || has("k")) {
    return std::make_unique<OwnDialect>(reader, StepTable::gemm);
  }
  if (has("ranks")) return std::make_unique<OwnDialect>(reader, StepTable::collective);
  if (has("bytes")) return std::make_unique<OwnDialect>(reader, StepTable::rows);
  return nullptr;
}

}  // namespace fluxscope::sim

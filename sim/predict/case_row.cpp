#include "sim/predict/case_row.hpp"

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text/cells.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"
#include "plan/experiment/case_table.hpp"
#include "plan/experiment/policy_layers.hpp"
#include "plan/layer/names.hpp"
#include "plan/layer/size.hpp"

namespace fluxscope::sim {
namespace {

enum Column : std::size_t {
  kPhase,
  kBatch,
  kQLen,
  kKvLen,
  kQHeads,
  kKvHeads,
  kHeadDim,
  kCausal,
  kSelection,
  kSinkTokens,
  kLocalTokens,
  kLastTokens,
  kFullHeads,
  kExecution,
  kScheduler,
  kKernel,
};

std::vector<CaseColumn> const kColumns = {
    {"phase", true, "prefill or decode"},
    {"batch", false, "requests, all alike; default 1"},
    {"q_len", false, "tokens; the last ones of kv_len. Default kv_len in prefill, 1 in decode"},
    {"kv_len", true, "tokens of each request"},
    {"q_heads", true, ""},
    {"kv_heads", true, ""},
    {"head_dim", true, "64 or 128"},
    {"causal", false, "true; every plan is causal"},
    {"selection", false,
     "what the heads that are not full read: full (default), streaming or triangle"},
    {"sink_tokens", false, "streaming and triangle; default 0"},
    {"local_tokens", false, "streaming and triangle: at least 1"},
    {"last_tokens", false, "triangle: at least 1"},
    {"full_heads", false,
     "KV heads that read everything: a number (that many, the first ones) or a 0 or 1 for each of "
     "kv_heads >= 2 heads. Default: none, and all where selection is full"},
    {"execution", false, "default layer_uniform, for heads that are all alike"},
    {"scheduler", false, "default natural"},
    {"kernel", false, "of the phase, as the profile names it. Default: the profile's own choice"},
};

/// A cell, or none where it is empty or its column absent.
class Cells {
 public:
  Cells(std::vector<std::string> const& cells, std::vector<int> const& places,
        std::string const& where)
      : cells_(cells), places_(places), where_(where) {}

  [[nodiscard]] std::string const* find(Column column) const {
    int const place = places_[column];
    if (place < 0 || cells_[static_cast<std::size_t>(place)].empty()) return nullptr;
    return &cells_[static_cast<std::size_t>(place)];
  }
  [[nodiscard]] std::string name(Column column) const { return std::string(kColumns[column].name); }
  [[nodiscard]] InputError error(Column column, std::string const& problem) const {
    return InputError(where_ + name(column) + problem);
  }

  [[nodiscard]] std::int32_t integer(Column column, std::int64_t low, std::int64_t high,
                                     std::optional<std::int32_t> absent = {}) const {
    if (std::string const* cell = find(column)) {
      return static_cast<std::int32_t>(whole_cell(*cell, kColumns[column].name, low, high, where_));
    }
    if (!absent) throw error(column, " is empty (it has no default). Give it a value.");
    return *absent;
  }

  /// The place of the cell's word among `words`.
  [[nodiscard]] std::size_t choice(Column column, std::vector<std::string> const& words,
                                   std::optional<std::size_t> absent = {}) const {
    std::string const* cell = find(column);
    if (cell == nullptr) {
      if (!absent) throw error(column, " is empty (it has no default). Give it a value.");
      return *absent;
    }
    auto const found = std::find(words.begin(), words.end(), *cell);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    throw error(column, " = " + in_quotes(*cell) + "; " + expected_one_of(*cell, words));
  }

 private:
  std::vector<std::string> const& cells_;
  std::vector<int> const& places_;
  std::string const& where_;
};

plan::Selection sparse_of(Cells const& cells) {
  static std::vector<std::string> const kWords = {plan::to_text(plan::SelectionKind::full),
                                                  plan::to_text(plan::SelectionKind::streaming),
                                                  plan::to_text(plan::SelectionKind::triangle)};
  constexpr std::int64_t kMost = 1 << 30;
  plan::Selection sparse{.kind =
                             static_cast<plan::SelectionKind>(cells.choice(kSelection, kWords, 0))};
  bool const full = sparse.kind == plan::SelectionKind::full;
  bool const triangle = sparse.kind == plan::SelectionKind::triangle;
  for (Column const column : {kSinkTokens, kLocalTokens, kLastTokens}) {
    bool const used = !full && (column != kLastTokens || triangle);
    if (used || cells.find(column) == nullptr) continue;
    throw cells.error(column, " is given, and selection " + plan::to_text(sparse.kind) +
                                  " has none. Leave it empty.");
  }
  if (full) return sparse;
  sparse.sink_tokens = cells.integer(kSinkTokens, 0, kMost, 0);
  sparse.local_tokens = cells.integer(kLocalTokens, 1, kMost);
  if (triangle) sparse.last_tokens = cells.integer(kLastTokens, 1, kMost);
  return sparse;
}

std::vector<std::uint8_t> full_heads_of(Cells const& cells, std::int32_t kv_heads, bool all_full) {
  auto const heads = static_cast<std::size_t>(kv_heads);
  std::string const* cell = cells.find(kFullHeads);
  if (cell == nullptr) return std::vector<std::uint8_t>(heads, all_full ? 1 : 0);
  std::vector<std::uint8_t> full(heads, 0);
  // A number of as many digits, all 0 or 1, is above kv_heads or begins with 0.
  bool const mask =
      heads >= 2 && cell->size() == heads && cell->find_first_not_of("01") == std::string::npos;
  if (mask) {
    std::transform(cell->begin(), cell->end(), full.begin(),
                   [](char c) { return static_cast<std::uint8_t>(c == '1' ? 1 : 0); });
  } else {
    std::int32_t const count = cells.integer(kFullHeads, 0, kv_heads);
    std::fill_n(full.begin(), count, std::uint8_t{1});
  }
  if (all_full && std::count(full.begin(), full.end(), 1) != kv_heads) {
    throw cells.error(kFullHeads,
                      " leaves heads out, and selection says that they read everything "
                      "too. Name a selection, e.g. streaming.");
  }
  return full;
}

void expect_causal(Cells const& cells) {
  std::string const* cell = cells.find(kCausal);
  if (cell == nullptr || *cell == "true" || *cell == "1") return;
  throw cells.error(kCausal, " = " + in_quotes(*cell) +
                                 " (every plan is causal: a query sees what is before it). Write "
                                 "true, or leave it empty.");
}

}  // namespace

std::vector<CaseColumn> const& case_columns() { return kColumns; }

plan::LayerPlan layer_plan(CaseRow const& row) {
  plan::Gates gates{.requests = row.batch, .layers = 1, .kv_heads = row.shape.kv_heads};
  for (std::int32_t request = 0; request < row.batch; ++request) {
    gates.full.insert(gates.full.end(), row.full_heads.begin(), row.full_heads.end());
  }
  return plan::canonical({.phase = row.phase,
                          .shape = row.shape,
                          .sequences = std::vector(static_cast<std::size_t>(row.batch),
                                                   plan::SequenceShape{row.q_len, row.kv_len}),
                          .selections = plan::layer_selections(row.shape, gates, 0, row.sparse),
                          .execution = row.execution,
                          .scheduler = row.scheduler});
}

CaseRowParser::CaseRowParser(CsvReader const& file) : places_(kColumns.size(), -1) {
  std::vector<std::string> names;
  for (CaseColumn const& column : kColumns) names.emplace_back(column.name);
  for (std::string const& given : file.columns()) {
    if (std::find(names.begin(), names.end(), given) != names.end()) continue;
    throw InputError(file.where() + in_quotes(given) + " is no column of cases; " +
                     expected_one_of(given, names));
  }
  for (std::size_t i = 0; i < kColumns.size(); ++i) {
    if (auto const place = file.find(names[i])) {
      places_[i] = static_cast<int>(*place);
    } else if (kColumns[i].required) {
      (void)file.at(names[i]);  // says what is near
    }
  }
}

CaseRow CaseRowParser::row(std::vector<std::string> const& texts, std::string const& where) const {
  static auto const kPhases = plan::phase_names();
  static auto const kExecutions = plan::execution_names();
  static auto const kSchedulers = plan::scheduler_names();
  Cells const cells(texts, places_, where);
  CaseRow row;
  row.phase = static_cast<plan::Phase>(cells.choice(kPhase, kPhases));
  row.batch = cells.integer(kBatch, 1, limits::kBatch, 1);
  row.kv_len = cells.integer(kKvLen, 1, limits::kTokens);
  bool const prefill = row.phase == plan::Phase::prefill;
  row.q_len = cells.integer(kQLen, 1, row.kv_len, prefill ? row.kv_len : 1);
  row.shape = {.q_heads = cells.integer(kQHeads, 1, limits::kHeads),
               .kv_heads = cells.integer(kKvHeads, 1, limits::kHeads),
               .head_dim = cells.integer(kHeadDim, 1, limits::kHeads)};
  expect_causal(cells);
  row.sparse = sparse_of(cells);
  row.full_heads =
      full_heads_of(cells, row.shape.kv_heads, row.sparse.kind == plan::SelectionKind::full);
  row.execution = static_cast<plan::Execution>(cells.choice(kExecution, kExecutions, 0));
  row.scheduler = static_cast<plan::Scheduler>(cells.choice(kScheduler, kSchedulers, 0));
  if (std::string const* cell = cells.find(kKernel)) row.kernel = *cell;
  try {
    plan::validate(row.shape, row.phase);
  } catch (InputError const& error) {
    throw InputError(where + error.what());
  }
  plan::expect_plannable({.phase = row.phase,
                          .shape = row.shape,
                          .requests = row.batch,
                          .q_len = row.q_len,
                          .kv_len = row.kv_len},
                         1, where.substr(0, where.size() - 2));
  return row;
}

}  // namespace fluxscope::sim

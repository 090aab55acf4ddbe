#include <cmath>
#include <numeric>

#include "plan/decisions/gate_file/gate_file.hpp"
#include "plan/decisions/policy/keys.hpp"

namespace fluxscope::plan {
namespace {

constexpr double kMsrTolerance = 1e-3;  // of a stated MSR that only repeats what the counts say

std::vector<std::int32_t> read_counts(TomlTable const& table, PolicyContext const& context) {
  std::string const key = "full_heads_per_layer";
  Model const& model = context.model;
  auto const counts = table.integers(key, {0, model.attention.kv_heads});
  if (counts.size() != static_cast<std::size_t>(model.layers)) {
    throw InputError(table.where(key) + ": " + key + " has " + std::to_string(counts.size()) +
                     " numbers (" + model.name + " has " + std::to_string(model.layers) +
                     " layers) give one per layer");
  }
  std::int64_t const pairs = std::int64_t{model.layers} * model.attention.kv_heads;
  double const msr_ratio =
      1 - static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0})) /
              static_cast<double>(pairs);
  if (table.has("msr_ratio") && std::abs(read_msr(table, context) - msr_ratio) > kMsrTolerance) {
    throw InputError(table.where("msr_ratio") + ": msr_ratio is not that of " + key +
                     " (their MSR is " + std::to_string(msr_ratio) + ") mend one or leave it out");
  }
  return {counts.begin(), counts.end()};
}

}  // namespace

/// duo (DuoAttention, arXiv 2410.10819):
///   pattern = a full_attention_heads.tsv, or other scores of read_head_scores(), pattern_list =
///   the list to take where the file has several, msr_ratio, head_order: see gates_of_scores(); or
///   full_heads_per_layer = a count per layer, which msr_ratio may state again as a check
///   seed  chooses among tied scores, and the order of counted heads
Decisions read_duo(TomlTable const& table, PolicyContext const& context) {
  expect_one_of(table, "full_heads_per_layer", "pattern");
  if (table.has("full_heads_per_layer")) {
    auto const counts = read_counts(table, context);
    return {.gates = shared(counted_gates(context.model, counts, 1, read_seed(table)))};
  }
  auto const scores = read_beside(table, "pattern", context, [&](std::string const& path) {
    return read_head_scores(path, context.model, table.text_or("pattern_list", ""));
  });
  auto gates =
      shared(gates_of_scores(context.model, scores, read_msr(table, context), read_seed(table)));
  return {.gates = in_head_order(table, std::move(gates)),
          .file_sparse = read_beside(table, "pattern", context, pattern_selection)};
}

}  // namespace fluxscope::plan

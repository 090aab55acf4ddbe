#include "plan/experiment/case_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "plan/layer/kv_layout.hpp"
#include "plan/layer/names.hpp"

namespace fluxscope::plan {
namespace {

bool is_sparse(Selection const& selection) { return selection.kind != SelectionKind::full; }

bool all_alike(LayerPlan const& plan) {
  return std::all_of(plan.selections.begin(), plan.selections.end(),
                     [&](Selection const& one) { return one == plan.selections[0]; });
}

/// Every field of the plan that its launches follow from, as whole numbers.
std::vector<std::int32_t> key_of(LayerPlan const& plan) {
  std::vector<std::int32_t> key{static_cast<std::int32_t>(plan.phase),
                                plan.shape.q_heads,
                                plan.shape.kv_heads,
                                plan.shape.head_dim,
                                static_cast<std::int32_t>(plan.execution),
                                static_cast<std::int32_t>(plan.scheduler),
                                static_cast<std::int32_t>(plan.batch_rule),
                                static_cast<std::int32_t>(plan.retention)};
  for (auto const& [q_len, kv_len] : plan.sequences) key.insert(key.end(), {q_len, kv_len});
  for (Selection const& one : plan.selections) {
    key.insert(key.end(), {static_cast<std::int32_t>(one.kind), one.sink_tokens, one.local_tokens,
                           one.last_tokens});
  }
  return key;
}

std::vector<std::int32_t> full_heads_of_requests(LayerPlan const& plan) {
  std::vector<std::int32_t> counts;
  for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
    std::int32_t full = 0;
    for (std::int32_t head = 0; head < plan.shape.kv_heads; ++head) {
      full += is_full_kv_head(plan, seq, head) ? 1 : 0;
    }
    counts.push_back(full);
  }
  return counts;
}

/// "full4of8" where every request has as many, else over the batch: "full37of64".
std::string full_text(std::vector<std::int32_t> const& counts, std::int32_t kv_heads) {
  bool const equal = std::all_of(counts.begin(), counts.end(),
                                 [&](std::int32_t count) { return count == counts[0]; });
  if (equal) return fmt::format("full{}of{}", counts[0], kv_heads);
  return fmt::format("full{}of{}", std::accumulate(counts.begin(), counts.end(), 0),
                     counts.size() * static_cast<std::size_t>(kv_heads));
}

std::string name_of(LayerPlan const& plan, Selection const& sparse) {
  std::int32_t q_len = 0;
  std::int32_t kv_len = 0;
  std::int64_t kv_tokens = 0;
  for (SequenceShape const& sequence : plan.sequences) {
    q_len = std::max(q_len, sequence.q_len);
    kv_len = std::max(kv_len, sequence.kv_len);
    kv_tokens += sequence.kv_len;
  }
  bool const differ = kv_tokens != kv_len * static_cast<std::int64_t>(plan.sequences.size());
  bool const chunk = plan.phase == Phase::prefill && q_len != kv_len;
  std::string name = fmt::format("{}/b{}{}/kv{}{}/{}/{}/{}", to_text(plan.phase),
                                 plan.sequences.size(), chunk ? fmt::format("/q{}", q_len) : "",
                                 kv_len, differ ? fmt::format("+{}", kv_tokens) : "",
                                 full_text(full_heads_of_requests(plan), plan.shape.kv_heads),
                                 to_text(plan.execution), to_text(plan.scheduler));
  if (sparse.kind == SelectionKind::triangle) name += fmt::format("/{}", to_text(sparse.kind));
  if (plan.execution == Execution::layer_uniform && !all_alike(plan)) {
    name += fmt::format("/{}", to_text(plan.batch_rule));
  }
  if (plan.retention == KvRetention::evict) name += fmt::format("/{}", to_text(plan.retention));
  return name;
}

}  // namespace

LayerPlan canonical(LayerPlan plan) {
  bool const alike = all_alike(plan);
  if (alike) plan.execution = Execution::layer_uniform;
  if (alike || plan.execution != Execution::layer_uniform) plan.batch_rule = BatchRule::per_request;
  if (std::none_of(plan.selections.begin(), plan.selections.end(), is_sparse)) {
    plan.retention = KvRetention::keep_all;
  }
  return plan;
}

std::uint32_t CaseTable::id_of(LayerPlan plan) {
  expects(!plan.selections.empty(), "a case of an experiment has selections");
  return id_of_exactly(canonical(std::move(plan)));
}

std::uint32_t CaseTable::id_of_exactly(LayerPlan plan) {
  expects(plan.block_lists.columns.empty() && !plan.selections.empty(),
          "a case of an experiment has selections and no block lists");
  auto const [known, is_new] =
      ids_.try_emplace(key_of(plan), static_cast<std::uint32_t>(cases_.size()));
  if (!is_new) return known->second;
  selections_ += static_cast<std::int64_t>(plan.selections.size());
  if (selections_ > limits::kCaseSelections) {
    throw InputError(
        fmt::format("the {} distinct layers so far have more than {} selections of a "
                    "request and head (they are held in memory) split the file, or "
                    "lower batches",
                    cases_.size(), limits::kCaseSelections));
  }
  auto const sparse = std::find_if(plan.selections.begin(), plan.selections.end(), is_sparse);
  Case one{.case_id = known->second, .sparse_kind = "none"};
  if (sparse != plan.selections.end()) {
    one.sparse = *sparse;
    one.sparse_kind = to_text(sparse->kind);
  }
  for (std::int32_t const count : full_heads_of_requests(plan)) one.full_kv_heads += count;
  one.name = name_of(plan, one.sparse);
  if (int const wanted = ++names_[one.name]; wanted > 1) one.name += fmt::format("/#{}", wanted);
  one.plan = std::move(plan);
  cases_.push_back(std::move(one));
  return known->second;
}

}  // namespace fluxscope::plan

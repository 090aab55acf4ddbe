#pragma once
// Router decisions: for each request, layer and KV head, full (1) or sparse (0).

#include <cstdint>
#include <string>
#include <vector>

#include "plan/decisions/model.hpp"

namespace fluxscope::plan {

/// Decisions of one or more requests over a model. Layer-level decisions repeat over the heads.
struct Gates {
  std::int32_t requests = 0;
  std::int32_t layers = 0;
  std::int32_t kv_heads = 0;
  std::vector<std::uint8_t> full;  // [requests, layers, kv_heads], 1 = full attention
  /// Heads of a request whose score is that of the cut, some full and some sparse: `tie_seed` chose
  /// among them. 0: nothing was left to chance, see scored_gates().
  std::int32_t tied_kv_heads = 0;
  std::uint64_t tie_seed = 0;
  /// Query heads that decisions per query head made sparse, all layers, and those of them that read
  /// all KV nevertheless, a full head being in their group. 0: decided per layer or KV head.
  std::int32_t sparse_q_heads = 0;
  std::int32_t mixed_q_heads = 0;

  [[nodiscard]] std::uint8_t& at(std::int32_t request, std::int32_t layer, std::int32_t kv_head);
  [[nodiscard]] std::uint8_t at(std::int32_t request, std::int32_t layer,
                                std::int32_t kv_head) const;
  /// Share of (layer, KV head) pairs on sparse attention, over all requests: the paper's MSR.
  [[nodiscard]] double msr_ratio() const;
};

/// All gates open.
[[nodiscard]] Gates full_gates(Model const& model, std::int32_t requests);

/// How many of `items` layers or heads are full at an MSR: the nearest whole number to
/// (1 - msr) items, halves up. msr_ratio in [0, 1].
[[nodiscard]] std::int32_t full_count(double msr_ratio, std::int32_t items);

/// full_count() full layers per request, chosen by the seed; request r uses seed + r.
[[nodiscard]] Gates layer_gates(Model const& model, double msr_ratio, std::int32_t requests,
                                std::uint64_t seed);

/// full_count() full heads per request, anywhere in the model; request r uses seed + r.
[[nodiscard]] Gates head_gates(Model const& model, double msr_ratio, std::int32_t requests,
                               std::uint64_t seed);

/// full_heads[l] full heads in layer l, placed as in_count_order() does.
[[nodiscard]] Gates counted_gates(Model const& model, std::vector<std::int32_t> const& full_heads,
                                  std::int32_t requests, std::uint64_t seed);

/// Layers below `first_sparse_layer` full, the others sparse (TriangleMix).
[[nodiscard]] Gates tail_layer_gates(Model const& model, std::int32_t first_sparse_layer,
                                     std::int32_t requests);

/// One request's: the full_count() highest scores are full. scores: [layers, kv_heads], finite.
/// Ties are broken at random, as DuoAttention's own loader does by a small noise: heads are
/// shuffled (shuffle() of Random(seed) on the numbers layer * kv_heads + head in ascending order),
/// then sorted by falling score, equal ones left in place. The same on every platform; under one
/// seed the full heads of a higher MSR are among those of a lower one.
[[nodiscard]] Gates scored_gates(Model const& model, std::vector<double> const& scores,
                                 double msr_ratio, std::uint64_t seed);

/// One request's, from decisions per query head, [layers, q_heads], 1 = full: a KV head is full
/// where one of its group is, since the group's K and V are loaded and kept for it.
[[nodiscard]] Gates grouped_gates(Model const& model,
                                  std::vector<std::uint8_t> const& full_q_heads);

/// The same number of full heads per request and layer, moved to the first places of one order of
/// the KV heads that the seed fixes for the whole model: layers with the same count make the same
/// plan.
[[nodiscard]] Gates in_count_order(Gates const& gates, std::uint64_t seed);

/// Some of the requests, in the given order. Throws ContractError for one that is not there.
[[nodiscard]] Gates of_requests(Gates const& gates, std::vector<std::int32_t> const& requests);

/// The decisions of a batch: those of a single request serve all of it. Throws ContractError for
/// several that are not one per request of the batch.
[[nodiscard]] Gates for_batch(Gates const& gates, std::int32_t batch);

}  // namespace fluxscope::plan

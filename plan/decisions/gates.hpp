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

  [[nodiscard]] std::uint8_t& at(std::int32_t request, std::int32_t layer, std::int32_t kv_head);
  [[nodiscard]] std::uint8_t at(std::int32_t request, std::int32_t layer,
                                std::int32_t kv_head) const;
  /// Share of (layer, KV head) pairs on sparse attention, over all requests: the paper's MSR.
  [[nodiscard]] double msr_ratio() const;
};

/// All gates open.
[[nodiscard]] Gates full_gates(Model const& model, std::int32_t requests);

/// round((1 - msr) layers) full layers per request, chosen by the seed; request r uses seed + r.
[[nodiscard]] Gates layer_gates(Model const& model, double msr_ratio, std::int32_t requests,
                                std::uint64_t seed);

/// round((1 - msr) layers kv_heads) full heads per request, anywhere in the model.
[[nodiscard]] Gates head_gates(Model const& model, double msr_ratio, std::int32_t requests,
                               std::uint64_t seed);

/// full_heads[l] full heads in layer l, placed as in_count_order() does.
[[nodiscard]] Gates counted_gates(Model const& model, std::vector<std::int32_t> const& full_heads,
                                  std::int32_t requests, std::uint64_t seed);

/// Layers below `first_sparse_layer` full, the others sparse (TriangleMix).
[[nodiscard]] Gates tail_layer_gates(Model const& model, std::int32_t first_sparse_layer,
                                     std::int32_t requests);

/// The n highest scores are full, n = round((1 - msr) layers kv_heads); ties go to the lower layer,
/// then the lower head. scores: [layers, kv_heads].
[[nodiscard]] Gates scored_gates(Model const& model, std::vector<double> const& scores,
                                 double msr_ratio, std::int32_t requests);

/// The same number of full heads per request and layer, moved to the first places of one order of
/// the KV heads that the seed fixes for the whole model: layers with the same count make the same
/// plan.
[[nodiscard]] Gates in_count_order(Gates const& gates, std::uint64_t seed);

/// The decisions of a batch: those of a single request serve all of it, otherwise the first
/// `batch` requests have their own. Throws ContractError where there are fewer, but several.
[[nodiscard]] Gates for_batch(Gates const& gates, std::int32_t batch);

}  // namespace fluxscope::plan

#pragma once
// The layers of a model under a policy: for experiments, and for whoever else asks what a policy
// does to a batch.

#include <cstdint>
#include <vector>

#include "plan/decisions/policy/policy.hpp"

namespace fluxscope::plan {

/// Requests of one length, run together.
struct Batch {
  Phase phase = Phase::prefill;
  std::int32_t requests = 0;
  SequenceShape shape;  ///< of each
};

struct PolicyLayers {
  Gates gates;                      ///< of the batch: [requests, layers, kv_heads]
  std::vector<LayerPlan> of_layer;  ///< [layers]; execution and scheduler are still to be chosen
};

/// The layers of a batch of any lengths whose decisions are `gates`, one request's each. `model`:
/// of a tensor-parallel group a rank's part, and so the gates.
[[nodiscard]] PolicyLayers layers_of_batch(Model const& model, Phase phase,
                                           std::vector<SequenceShape> const& sequences,
                                           Policy const& policy, Gates gates);

/// What the heads of one layer read, [requests, q_heads]: `sparse` where the gate of a query head's
/// KV head is 0. `layer` lies in `gates`, whose kv_heads are the shape's.
[[nodiscard]] std::vector<Selection> layer_selections(AttentionShape const& shape,
                                                      Gates const& gates, std::int32_t layer,
                                                      Selection const& sparse);

/// The layers of `model` for one batch under `policy`. Throws InputError where the policy has
/// decisions for another number of requests.
[[nodiscard]] PolicyLayers policy_layers(Model const& model, Batch const& batch,
                                         Policy const& policy);

}  // namespace fluxscope::plan

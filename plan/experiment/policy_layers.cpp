#include "plan/experiment/policy_layers.hpp"

#include <utility>

#include "base/error.hpp"

namespace fluxscope::plan {

namespace {

/// Of a layer with at most as many KV heads as the gates have.
std::vector<Selection> selections_of(AttentionShape const& shape, Gates const& gates,
                                     std::int32_t layer, Selection const& sparse) {
  std::int32_t const group = shape.q_heads / shape.kv_heads;
  std::vector<Selection> selections;
  for (std::int32_t request = 0; request < gates.requests; ++request) {
    for (std::int32_t head = 0; head < shape.q_heads; ++head) {
      bool const full = gates.at(request, layer, head / group) != 0;
      selections.push_back(full ? Selection{} : sparse);
    }
  }
  return selections;
}

}  // namespace

std::vector<Selection> layer_selections(AttentionShape const& shape, Gates const& gates,
                                        std::int32_t layer, Selection const& sparse) {
  expects(gates.kv_heads == shape.kv_heads, "the gates are of the model");
  return selections_of(shape, gates, layer, sparse);
}

PolicyLayers layers_of_batch(Model const& model, Phase phase,
                             std::vector<SequenceShape> const& sequences, Policy const& policy,
                             Gates gates) {
  expects(gates.kv_heads == model.attention.kv_heads, "the gates are of the model");
  PolicyLayers layers{.gates = std::move(gates)};
  for (std::int32_t layer = 0; layer < model.layers; ++layer) {
    layers.of_layer.push_back({.phase = phase,
                               .shape = model.shape_of(layer),
                               .sequences = sequences,
                               .selections = selections_of(model.shape_of(layer), layers.gates,
                                                           layer, policy.sparse_in(layer)),
                               .batch_rule = policy.batch_rule,
                               .retention = policy.retention});
  }
  return layers;
}

PolicyLayers policy_layers(Model const& model, Batch const& batch, Policy const& policy) {
  return layers_of_batch(model, batch.phase,
                         std::vector(static_cast<std::size_t>(batch.requests), batch.shape), policy,
                         for_batch(policy.gates(batch.requests), batch.requests));
}

}  // namespace fluxscope::plan

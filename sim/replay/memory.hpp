#pragma once
// What of a GPU's memory requests take.

#include <cstdint>
#include <optional>

#include "plan/decisions/model.hpp"

namespace fluxscope::sim {

/// Weights on one GPU; nothing for a model with experts, or whose layers differ in their heads:
/// such weights are not counted.
[[nodiscard]] std::optional<std::int64_t> known_weight_bytes(plan::Model const& model);

/// K and V of one request of `kv_len` tokens in all layers, everything kept, in whole blocks.
[[nodiscard]] std::int64_t full_kv_bytes(plan::Model const& model, std::int64_t kv_len);

/// Requests whose K and V fit beside the weights. Activations, the CUDA context and the libraries'
/// workspaces are not counted. -1: not known, 0: the weights alone do not fit.
[[nodiscard]] std::int64_t requests_that_fit(plan::Model const& model, double kv_bytes_per_request,
                                             std::int64_t memory_bytes);

}  // namespace fluxscope::sim

#pragma once
// One GPU's part of a model in a tensor-parallel group.

#include <cstdint>

#include "plan/decisions/gates.hpp"
#include "plan/decisions/model.hpp"

namespace fluxscope::plan {

/// What rank 0 of `ranks` holds: heads, MLP and vocabulary divided by rows or columns, hidden_size
/// whole (Megatron-LM, arXiv 1909.08053, section 3). Throws InputError where `ranks` does not
/// divide q_heads, kv_heads, intermediate_size or vocab_size: which, and the counts that do.
[[nodiscard]] Model rank_of(Model const& model, std::int32_t ranks);

/// The decisions of rank_of()'s KV heads: the first kv_heads / ranks of each layer. `ranks` divides
/// them.
[[nodiscard]] Gates rank_gates(Gates const& gates, std::int32_t ranks);

/// Whether every rank of a group has as many full KV heads in each layer, for each request: then
/// rank 0 stands for all of them.
[[nodiscard]] bool ranks_are_alike(Gates const& gates, std::int32_t ranks);

}  // namespace fluxscope::plan

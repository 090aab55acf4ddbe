#pragma once
// What a model's weights take.

#include <cstdint>

#include "plan/decisions/model.hpp"

namespace fluxscope::plan {

/// Numbers that the model holds: embedding, layers, last norm and LM head (none of its own where it
/// is tied to the embedding). Routers are not counted.
[[nodiscard]] std::int64_t parameter_count(Model const& model);

/// Bytes of them on one rank, bf16; each rank holds the embedding and the norms whole. Throws
/// InputError as rank_of does.
[[nodiscard]] std::int64_t weight_bytes(Model const& model, std::int32_t ranks);

}  // namespace fluxscope::plan

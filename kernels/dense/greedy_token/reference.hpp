#pragma once
// The greedy token on the CPU; see kernels/dense/greedy_token/launch.hpp.

#include <cstdint>
#include <span>

namespace fluxscope::kernels {

/// Index of the largest logit of one row, the lowest of equal ones; kNoToken where one is NaN.
/// Throws ContractError for an empty row.
[[nodiscard]] std::int32_t greedy_token_reference(std::span<double const> logits);

}  // namespace fluxscope::kernels

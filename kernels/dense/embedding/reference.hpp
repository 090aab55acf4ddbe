#pragma once
// The embedding on the CPU; see kernels/dense/embedding/launch.hpp.

#include <cstdint>
#include <span>
#include <vector>

namespace fluxscope::kernels {

/// Rows of `table` [vocab_size, hidden]: [tokens, hidden]. A token without a row gives NaN. Throws
/// ContractError where hidden does not divide the table.
[[nodiscard]] std::vector<double> embedding_reference(std::span<std::int32_t const> tokens,
                                                      std::span<double const> table,
                                                      std::int32_t hidden);

}  // namespace fluxscope::kernels

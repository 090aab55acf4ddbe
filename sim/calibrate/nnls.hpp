#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace fluxscope::sim {

/// x >= 0 that minimises |A x - b|, by the active-set method of Lawson and Hanson (1974) on the
/// normal equations. `a` is row-major [rows, columns], b [rows]. Columns of very different size
/// lose accuracy: scale them. Throws ContractError for sizes that do not fit or a value that is
/// not finite.
[[nodiscard]] std::vector<double> solve_nnls(std::span<double const> a, std::span<double const> b,
                                             std::size_t columns);

}  // namespace fluxscope::sim

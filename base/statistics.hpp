#pragma once
// Order statistics of plain samples: the two conventions that the whole program keeps to.

#include <cstddef>
#include <span>

namespace fluxscope {

/// The rank, from 1, of the `q`-quantile of `count` ascending samples: the smallest with at least
/// q x count samples at or below it, at least 1 (inverse of the empirical distribution function,
/// no interpolation). A product within 1e-9 of a whole number is that number. Throws ContractError
/// unless 0 <= q <= 1 and count >= 1.
[[nodiscard]] std::size_t nearest_rank(double q, std::size_t count);

/// The middle sample; the mean of the two middle ones where their number is even. Sorts a copy.
/// Throws ContractError where there is none.
[[nodiscard]] double median(std::span<double const> samples);

}  // namespace fluxscope

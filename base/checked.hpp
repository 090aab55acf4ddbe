#pragma once
// Whole numbers that must fit: sizes that a user chose are refused by name, never wrapped.

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "base/error.hpp"

namespace fluxscope {

/// `value` as a To. Throws InputError "WHAT = VALUE (at most MAX can be counted) ..." where To
/// cannot hold it.
template <class To, class From>
[[nodiscard]] To checked_cast(From value, char const* what) {
  if (std::in_range<To>(value)) return static_cast<To>(value);
  throw InputError(std::string(what) + " = " + std::to_string(value) + " (at most " +
                   std::to_string(std::numeric_limits<To>::max()) +
                   " can be counted) lower the batch, the context or the number of heads");
}

namespace detail {

[[noreturn]] inline void refuse_overflow(char const* what) {
  throw InputError(std::string(what) +
                   ": more than 2^63 (64-bit numbers end there) lower the layers, the batch or the "
                   "context");
}

}  // namespace detail

/// a + b, a x b. Throw InputError naming `what` where 64 bits do not hold the result.
[[nodiscard]] inline std::int64_t checked_sum(std::int64_t a, std::int64_t b, char const* what) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) detail::refuse_overflow(what);
  return sum;
}
[[nodiscard]] inline std::int64_t checked_product(std::int64_t a, std::int64_t b,
                                                  char const* what) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) detail::refuse_overflow(what);
  return product;
}

}  // namespace fluxscope

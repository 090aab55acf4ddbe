#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fluxscope {

/// The candidate with the smallest edit distance to `word`, if that distance is at most a third
/// of the word's length (at least 1); ties go to the first.
[[nodiscard]] std::optional<std::string> near_miss(std::string_view word,
                                                   std::span<std::string const> candidates);

/// "expected 'x'" where a candidate is near, else "expected one of a, b, c".
[[nodiscard]] std::string expected_one_of(std::string_view word,
                                          std::span<std::string const> candidates);

}  // namespace fluxscope

#pragma once
// The cells of a line of a table, and cells as numbers.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fluxscope {

/// The parts of `line` between separators; "a,b," has three, an empty line one. A cell in quotes
/// may hold separators and, doubled, quotes (RFC 4180, a record per line). Throws InputError, which
/// begins with `where`, for a quote that is not closed.
[[nodiscard]] std::vector<std::string> cells_of(std::string_view line, std::string const& where,
                                                char separator = ',');

/// A whole number in [low, high]. Throws InputError "where column = ...".
[[nodiscard]] std::int64_t whole_cell(std::string_view cell, std::string_view column,
                                      std::int64_t low, std::int64_t high,
                                      std::string const& where);

/// A finite number. Throws InputError as above.
[[nodiscard]] double number_cell(std::string_view cell, std::string_view column,
                                 std::string const& where);

}  // namespace fluxscope

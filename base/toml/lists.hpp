#pragma once
// Lists of a TOML table that are the axes of something: never empty, no value twice.

#include <cstdint>
#include <string>
#include <vector>

#include "base/toml/reader.hpp"

namespace fluxscope {

/// The texts of a list. Throws InputError with file:line for an empty list or a text given twice.
[[nodiscard]] std::vector<std::string> distinct_texts(TomlTable const& table,
                                                      std::string const& key);

/// distinct_texts, each out of `allowed`; the error names the near miss or the whole set.
[[nodiscard]] std::vector<std::string> choices(TomlTable const& table, std::string const& key,
                                               std::vector<std::string> const& allowed);

/// Strictly ascending whole numbers within `range`, at least one. Throws InputError with file:line.
[[nodiscard]] std::vector<std::int64_t> ascending_integers(TomlTable const& table,
                                                           std::string const& key,
                                                           IntegerRange range);

/// Strictly ascending numbers within `range`, at least one. Throws InputError with file:line.
[[nodiscard]] std::vector<double> ascending_numbers(TomlTable const& table, std::string const& key,
                                                    NumberRange range);

}  // namespace fluxscope

#pragma once
// Moves a column between records and contiguous memory.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "traces/file/field.hpp"
#include "traces/file/string_table.hpp"

namespace fluxscope::traces {

/// The column's elements in memory order, in a buffer that the next call reuses. Texts become rows
/// of `strings`.
[[nodiscard]] std::span<std::byte const> gather(AnyConstField const& field, StringTable& strings,
                                                std::vector<std::byte>& buffer);

/// The inverse. Empty where all went well, else the problem: a text index outside `strings`, or
/// a flag that is neither 0 nor 1.
[[nodiscard]] std::optional<std::string> scatter(AnyField const& field,
                                                 std::span<std::byte const> elements,
                                                 std::span<std::string const> strings);

}  // namespace fluxscope::traces

#pragma once
// Moves a column between records and contiguous memory.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "traces/file/string_table.hpp"
#include "traces/schema/column.hpp"

namespace fluxscope::traces {

/// The column's elements of `records` in memory order, in a buffer that the next call reuses.
/// Texts become rows of `strings`.
template <class Record>
[[nodiscard]] std::span<std::byte const> gather(Column<Record> const& column,
                                                std::span<Record const> records,
                                                StringTable& strings,
                                                std::vector<std::byte>& buffer);

/// The inverse. Empty where all went well, else the problem: a text index outside `strings`, or
/// a flag that is neither 0 nor 1.
template <class Record>
[[nodiscard]] std::optional<std::string> scatter(Column<Record> const& column,
                                                 std::span<std::byte const> elements,
                                                 std::span<std::string const> strings,
                                                 std::span<Record> records);

}  // namespace fluxscope::traces

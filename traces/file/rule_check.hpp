#pragma once
// Checks records against the rules of their columns.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "traces/schema/column.hpp"

namespace fluxscope::traces {

/// What ids refer to. A count of 0 SMs means unknown and is not checked.
struct Bounds {
  std::size_t cases = 0;
  std::size_t launches = 0;
  std::size_t rows = 0;
  std::int32_t sm_count = 0;
};

/// The first value that breaks its column's rule or its table's intervals, as "row N: problem".
/// `first_row` is the row number of records[0] in the whole table.
template <class Record>
[[nodiscard]] std::optional<std::string> find_violation(Table<Record> const& table,
                                                        std::span<Record const> records,
                                                        std::size_t first_row,
                                                        Bounds const& bounds);

/// The first attribute of `info` that breaks its rule.
template <class Info>
[[nodiscard]] std::optional<std::string> find_violation(AttributeGroup<Info> const& group,
                                                        Info const& info);

/// The first case whose name is empty or taken, as "row N: problem".
[[nodiscard]] std::optional<std::string> find_name_violation(std::span<CaseRecord const> cases);

}  // namespace fluxscope::traces

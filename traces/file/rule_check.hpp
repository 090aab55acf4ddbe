#pragma once
// Checks records against the rules of their columns.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "traces/file/field.hpp"

namespace fluxscope::traces {

/// What ids refer to. A count of 0 SMs means unknown and is not checked.
struct Bounds {
  std::size_t cases = 0;
  std::size_t launches = 0;
  std::size_t rows = 0;
  std::size_t steps = 0;
  std::int32_t sm_count = 0;
};

struct FieldRule {
  std::string_view name;
  Rule rule = Rule::any;
  Texts one_of = {};
};

/// The first value that its rule does not allow, as "row N: problem". `first_row` is the row number
/// of the first value in the whole table.
[[nodiscard]] std::optional<std::string> find_field_violation(AnyConstField const& values,
                                                              FieldRule const& field,
                                                              std::size_t first_row,
                                                              Bounds const& bounds);

/// The first row whose end is before its begin, both present.
[[nodiscard]] std::optional<std::string> find_order_violation(
    Strided<std::int64_t const> const& begins, Strided<std::int64_t const> const& ends,
    std::size_t first_row);

/// The first value that breaks its column's rule or its table's intervals.
template <class Record>
[[nodiscard]] std::optional<std::string> find_violation(Table<Record> const& table,
                                                        std::span<Record const> records,
                                                        std::size_t first_row,
                                                        Bounds const& bounds) {
  for (Column<Record> const& column : table.columns) {
    auto problem =
        find_field_violation(field_of<Record>(column.member, records),
                             {column.name, column.rule, column.one_of}, first_row, bounds);
    if (problem) return problem;
  }
  for (auto const& [begin, end] : table.intervals) {
    auto problem = find_order_violation({records, begin}, {records, end}, first_row);
    if (problem) return problem;
  }
  return std::nullopt;
}

/// The first attribute of `info` that breaks its rule.
template <class Info>
[[nodiscard]] std::optional<std::string> find_violation(AttributeGroup<Info> const& group,
                                                        Info const& info) {
  for (Column<Info> const& column : group.columns) {
    auto const problem =
        find_field_violation(field_of<Info>(column.member, std::span(&info, 1)),
                             {column.name, column.rule, column.one_of}, 0, Bounds{});
    if (problem) return "attribute of " + std::string(group.group) + ", " + *problem;
  }
  return std::nullopt;
}

/// The first case whose name is empty or taken, as "row N: problem".
[[nodiscard]] std::optional<std::string> find_name_violation(std::span<CaseRecord const> cases);

}  // namespace fluxscope::traces

#pragma once
// Columns of tables of times.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files/csv_reader.hpp"

namespace fluxscope::sim {

/// Columns by place, cells by column.
class Columns {
 public:
  using Cells = std::span<std::string const>;

  explicit Columns(CsvReader const& reader) : names_(reader.columns()) {}

  [[nodiscard]] std::string const* find(Cells cells, std::string_view column) const;
  /// Empty where the table has no such column.
  [[nodiscard]] std::string text(Cells cells, std::string_view column) const;
  /// A whole number in [low, high] of a column that is there.
  [[nodiscard]] std::int64_t whole(Cells cells, std::string_view column, std::int64_t low,
                                   std::int64_t high, std::string const& where) const;
  [[nodiscard]] std::int32_t count(Cells cells, std::string_view column, std::int64_t low,
                                   std::int64_t high, std::string const& where) const {
    return static_cast<std::int32_t>(whole(cells, column, low, high, where));
  }
  [[nodiscard]] std::int32_t count_or(Cells cells, std::string_view column, std::int32_t fallback,
                                      std::int64_t high, std::string const& where) const {
    return find(cells, column) == nullptr ? fallback : count(cells, column, 0, high, where);
  }
  /// A positive time; ns.
  [[nodiscard]] double time_ns(Cells cells, std::string_view column, double unit_ns,
                               std::string const& where) const;

 private:
  std::vector<std::string> names_;
};

[[nodiscard]] bool has_all(CsvReader const& reader, std::span<std::string_view const> columns);

struct TimeColumn {
  std::string name;
  double unit_ns = 1;
};
/// time_ns, _us, _ms or _s, or latency_ with a unit. Throws InputError for none, two, and one
/// without a unit.
[[nodiscard]] TimeColumn time_column(CsvReader const& reader);

/// Throws InputError for a column that is neither `time` nor one of `known`.
void expect_known(CsvReader const& reader, TimeColumn const& time,
                  std::vector<std::string> const& known);

}  // namespace fluxscope::sim

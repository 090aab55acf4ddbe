#include "traces/file/rule_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <unordered_set>
#include <utility>

namespace fluxscope::traces {
namespace {

template <class Field>
std::optional<std::string> check_floating(Field value, Rule rule) {
  if (rule == Rule::not_negative && !(value >= 0 && std::isfinite(value))) {
    return fmt::format("is {}, expected a finite value of at least 0", value);
  }
  if (rule == Rule::not_negative_or_missing && !std::isnan(value) &&
      !(value >= 0 && std::isfinite(value))) {
    return fmt::format("is {}, expected at least 0, or NaN where missing", value);
  }
  return std::nullopt;
}

std::optional<std::string> check_text(std::string const& text, Texts one_of) {
  if (one_of.empty() || std::find(one_of.begin(), one_of.end(), text) != one_of.end()) {
    return std::nullopt;
  }
  return fmt::format("is '{}', expected one of '{}'", text, fmt::join(one_of, "', '"));
}

// What is wrong with a value that its rule does not allow.
template <class Field>
std::string problem_of(Field const& value, Rule rule, Texts one_of, Bounds const& bounds) {
  if constexpr (std::is_same_v<Field, std::string>) {
    return *check_text(value, one_of);
  } else if constexpr (std::is_floating_point_v<Field>) {
    return *check_floating(value, rule);
  } else {
    switch (rule) {
      case Rule::row_index:
        return fmt::format("is {}, expected the row number", value);
      case Rule::case_id:
        return fmt::format("is {}, but /cases has {} rows", value, bounds.cases);
      case Rule::launch_id:
        return fmt::format("is {}, but /launches has {} rows", value, bounds.launches);
      case Rule::row_id:
        return fmt::format("is {}, but /rows has {} rows", value, bounds.rows);
      case Rule::sm:
        return fmt::format("is {}, but the device has {} SMs", value, bounds.sm_count);
      case Rule::not_negative:
        return fmt::format("is {}, expected at least 0", value);
      default:
        if (static_cast<std::int64_t>(value) == kMissingNs) return "is missing, expected a time";
        return fmt::format("is {} ns, further than 104 days from the trace's origin", value);
    }
  }
}

// The integers that a rule allows, so that a column is checked by two comparisons a value.
template <class Field>
struct Allowed {
  Field low = std::numeric_limits<Field>::min();
  Field high = std::numeric_limits<Field>::max();
  bool missing = false;  // kMissingNs too

  [[nodiscard]] bool holds(Field value) const {
    return (value >= low && value <= high) || (missing && std::cmp_equal(value, kMissingNs));
  }
};

template <class Field>
Allowed<Field> below(std::uint64_t count) {
  if (count == 0) return {.low = 1, .high = 0};
  auto const last = std::min<std::uint64_t>(
      count - 1, static_cast<std::uint64_t>(std::numeric_limits<Field>::max()));
  return {.low = 0, .high = static_cast<Field>(last)};
}

template <class Field>
Allowed<Field> allowed_by(Rule rule, Bounds const& bounds) {
  switch (rule) {
    case Rule::case_id:
      return below<Field>(bounds.cases);
    case Rule::launch_id:
      return below<Field>(bounds.launches);
    case Rule::row_id:
      return below<Field>(bounds.rows);
    case Rule::sm:
      if (bounds.sm_count <= 0) return {};
      return below<Field>(static_cast<std::uint64_t>(bounds.sm_count));
    case Rule::not_negative:
      return {.low = 0};
    case Rule::time:
    case Rule::time_or_missing:
      if constexpr (std::is_same_v<Field, std::int64_t>) {
        return {-kMaxTimeNs, kMaxTimeNs, rule == Rule::time_or_missing};
      }
      return {};
    default:
      return {};
  }
}

// First row whose value the column's rule or enumeration does not allow.
template <class Record, class Field>
std::size_t first_bad(Column<Record> const& column, Field Record::*member,
                      std::span<Record const> records, std::size_t first_row,
                      Bounds const& bounds) {
  std::size_t i = 0;
  if constexpr (std::is_same_v<Field, bool>) {
    return records.size();
  } else if constexpr (std::is_integral_v<Field>) {
    if (column.rule == Rule::row_index) {
      while (i < records.size() && std::cmp_equal(records[i].*member, first_row + i)) ++i;
      return i;
    }
    auto const allowed = allowed_by<Field>(column.rule, bounds);
    while (i < records.size() && allowed.holds(records[i].*member)) ++i;
  } else if constexpr (std::is_floating_point_v<Field>) {
    while (i < records.size() && !check_floating(records[i].*member, column.rule)) ++i;
  } else {
    while (i < records.size() && !check_text(records[i].*member, column.one_of)) ++i;
  }
  return i;
}

template <class Record>
std::optional<std::string> check_column(Column<Record> const& column,
                                        std::span<Record const> records, std::size_t first_row,
                                        Bounds const& bounds) {
  return std::visit(
      [&](auto member) -> std::optional<std::string> {
        std::size_t const bad = first_bad(column, member, records, first_row, bounds);
        if (bad == records.size()) return std::nullopt;
        return fmt::format("row {}: {} {}", first_row + bad, column.name,
                           problem_of(records[bad].*member, column.rule, column.one_of, bounds));
      },
      column.member);
}

template <class Record>
bool has_rule(Column<Record> const& column) {
  return column.rule != Rule::any || !column.one_of.empty();
}

}  // namespace

template <class Record>
std::optional<std::string> find_violation(Table<Record> const& table,
                                          std::span<Record const> records, std::size_t first_row,
                                          Bounds const& bounds) {
  for (Column<Record> const& column : table.columns) {
    if (!has_rule(column)) continue;
    if (auto problem = check_column(column, records, first_row, bounds)) return problem;
  }
  for (auto const& [begin, end] : table.intervals) {
    for (std::size_t i = 0; i < records.size(); ++i) {
      std::int64_t const from = records[i].*begin;
      std::int64_t const to = records[i].*end;
      if (from != kMissingNs && to != kMissingNs && from > to) {
        return fmt::format("row {}: ends at {} ns, before it starts at {} ns", first_row + i, to,
                           from);
      }
    }
  }
  return std::nullopt;
}

template <class Info>
std::optional<std::string> find_violation(AttributeGroup<Info> const& group, Info const& info) {
  for (Column<Info> const& column : group.columns) {
    if (!has_rule(column)) continue;
    if (auto problem = check_column(column, std::span(&info, 1), 0, Bounds{})) {
      return "attribute of " + std::string(group.group) + ", " + *problem;
    }
  }
  return std::nullopt;
}

template std::optional<std::string> find_violation(AttributeGroup<RunInfo> const&, RunInfo const&);
template std::optional<std::string> find_violation(AttributeGroup<DeviceInfo> const&,
                                                   DeviceInfo const&);
template std::optional<std::string> find_violation(AttributeGroup<ClockInfo> const&,
                                                   ClockInfo const&);

std::optional<std::string> find_name_violation(std::span<CaseRecord const> cases) {
  std::unordered_set<std::string_view> names;
  for (CaseRecord const& record : cases) {
    if (record.name.empty() || !names.insert(record.name).second) {
      return fmt::format("row {}: name '{}' is empty or not unique", record.case_id, record.name);
    }
  }
  return std::nullopt;
}

#define FLUXSCOPE_INSTANTIATE(Record)                 \
  template std::optional<std::string> find_violation( \
      Table<Record> const&, std::span<Record const>, std::size_t, Bounds const&);
FLUXSCOPE_INSTANTIATE(CaseRecord)
FLUXSCOPE_INSTANTIATE(RowRecord)
FLUXSCOPE_INSTANTIATE(RowLayerRecord)
FLUXSCOPE_INSTANTIATE(TileRow)
FLUXSCOPE_INSTANTIATE(SampleRecord)
FLUXSCOPE_INSTANTIATE(LaunchRecord)
FLUXSCOPE_INSTANTIATE(SmRecord)
FLUXSCOPE_INSTANTIATE(CtaRecord)
FLUXSCOPE_INSTANTIATE(WorkRecord)
FLUXSCOPE_INSTANTIATE(WarpRecord)
FLUXSCOPE_INSTANTIATE(TileTimeRecord)
FLUXSCOPE_INSTANTIATE(CounterRecord)
FLUXSCOPE_INSTANTIATE(ActivityRecord)
FLUXSCOPE_INSTANTIATE(OverheadRecord)
FLUXSCOPE_INSTANTIATE(CrosscheckRecord)
FLUXSCOPE_INSTANTIATE(SmClockRecord)
FLUXSCOPE_INSTANTIATE(PassRecord)
FLUXSCOPE_INSTANTIATE(LossRecord)
#undef FLUXSCOPE_INSTANTIATE

}  // namespace fluxscope::traces

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
      case Rule::case_id_or_none:
        return fmt::format("is {}, but /cases has {} rows (no case is {})", value, bounds.cases,
                           kNoRow);
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
  std::optional<Field> missing = {};  // allowed too

  [[nodiscard]] bool holds(Field value) const {
    return (value >= low && value <= high) || value == missing;
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
    case Rule::case_id_or_none: {
      auto allowed = below<Field>(bounds.cases);
      if constexpr (std::is_same_v<Field, std::uint32_t>) allowed.missing = kNoRow;
      return allowed;
    }
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
        Allowed<Field> allowed{-kMaxTimeNs, kMaxTimeNs};
        if (rule == Rule::time_or_missing) allowed.missing = kMissingNs;
        return allowed;
      }
      return {};
    default:
      return {};
  }
}

// First row whose value the column's rule or enumeration does not allow.
template <class Field>
std::size_t first_bad(Strided<Field const> const& values, FieldRule const& field,
                      std::size_t first_row, Bounds const& bounds) {
  std::size_t i = 0;
  if constexpr (std::is_same_v<Field, bool>) {
    return values.size();
  } else if constexpr (std::is_integral_v<Field>) {
    if (field.rule == Rule::row_index) {
      while (i < values.size() && std::cmp_equal(values[i], first_row + i)) ++i;
      return i;
    }
    auto const allowed = allowed_by<Field>(field.rule, bounds);
    while (i < values.size() && allowed.holds(values[i])) ++i;
  } else if constexpr (std::is_floating_point_v<Field>) {
    while (i < values.size() && !check_floating(values[i], field.rule)) ++i;
  } else {
    while (i < values.size() && !check_text(values[i], field.one_of)) ++i;
  }
  return i;
}

}  // namespace

std::optional<std::string> find_field_violation(AnyConstField const& values, FieldRule const& field,
                                                std::size_t first_row, Bounds const& bounds) {
  if (field.rule == Rule::any && field.one_of.empty()) return std::nullopt;
  return std::visit(
      [&]<class Field>(Strided<Field const> const& of_type) -> std::optional<std::string> {
        std::size_t const bad = first_bad<Field>(of_type, field, first_row, bounds);
        if (bad == of_type.size()) return std::nullopt;
        return fmt::format("row {}: {} {}", first_row + bad, field.name,
                           problem_of<Field>(of_type[bad], field.rule, field.one_of, bounds));
      },
      values);
}

std::optional<std::string> find_order_violation(Strided<std::int64_t const> const& begins,
                                                Strided<std::int64_t const> const& ends,
                                                std::size_t first_row) {
  for (std::size_t i = 0; i < begins.size(); ++i) {
    if (begins[i] != kMissingNs && ends[i] != kMissingNs && begins[i] > ends[i]) {
      return fmt::format("row {}: ends at {} ns, before it starts at {} ns", first_row + i, ends[i],
                         begins[i]);
    }
  }
  return std::nullopt;
}

std::optional<std::string> find_name_violation(std::span<CaseRecord const> cases) {
  std::unordered_set<std::string_view> names;
  for (CaseRecord const& record : cases) {
    if (record.name.empty() || !names.insert(record.name).second) {
      return fmt::format("row {}: name '{}' is empty or not unique", record.case_id, record.name);
    }
  }
  return std::nullopt;
}

}  // namespace fluxscope::traces

#include "traces/file/rule_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>
#include <unordered_set>
#include <utility>

#include "base/text/printable.hpp"

namespace fluxscope::traces {
namespace {

// The floats that a rule allows, and how to say it.
struct FloatRange {
  double low = 0;
  double high = static_cast<double>(kMaxAmount);
  char const* expected = "";
};

FloatRange float_range(Rule rule) {
  constexpr double kTiny = std::numeric_limits<double>::denorm_min();
  constexpr double kLargest = std::numeric_limits<double>::max();
  switch (rule) {
    case Rule::not_negative:
      return {.expected = "0 to 2^53"};
    case Rule::not_negative_or_missing:
      return {.expected = "0 to 2^53, or NaN where missing"};
    case Rule::positive:
      return {.low = kTiny, .expected = "more than 0, up to 2^53"};
    case Rule::share:
      return {.high = 1, .expected = "0 to 1"};
    default:
      return {
          .low = -kLargest, .high = kLargest, .expected = "a finite number, or NaN where missing"};
  }
}

template <class Field>
bool is_allowed(Field value, Rule rule, FloatRange const& range) {
  if (rule == Rule::any) return true;
  return (value >= range.low && value <= range.high) || (may_be_nan(rule) && std::isnan(value));
}

std::optional<std::string> check_text(std::string const& text, Texts one_of) {
  if (one_of.empty() || std::find(one_of.begin(), one_of.end(), text) != one_of.end()) {
    return std::nullopt;
  }
  return fmt::format("is {}, expected one of '{}'", in_quotes(text), fmt::join(one_of, "', '"));
}

// What is wrong with a value that its rule does not allow.
template <class Field>
std::string problem_of(Field const& value, Rule rule, Texts one_of, Bounds const& bounds) {
  if constexpr (std::is_same_v<Field, std::string>) {
    return *check_text(value, one_of);
  } else if constexpr (std::is_floating_point_v<Field>) {
    return fmt::format("is {}, expected {}", value, float_range(rule).expected);
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
      case Rule::step_id:
        return fmt::format("is {}, but /steps has {} rows", value, bounds.steps);
      case Rule::sm:
        return fmt::format("is {}, but the device has {} SMs", value, bounds.sm_count);
      case Rule::not_negative:
        return fmt::format("is {}, expected 0 to 2^53", value);
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
    case Rule::step_id:
      return below<Field>(bounds.steps);
    case Rule::sm:
      if (bounds.sm_count <= 0) return {};
      return below<Field>(static_cast<std::uint64_t>(bounds.sm_count));
    case Rule::not_negative:
      return below<Field>(std::uint64_t{kMaxAmount} + 1);
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
    auto const range = float_range(field.rule);
    while (i < values.size() && is_allowed(values[i], field.rule, range)) ++i;
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
      return fmt::format("row {}: name {} is empty or not unique", record.case_id,
                         in_quotes(record.name));
    }
  }
  return std::nullopt;
}

}  // namespace fluxscope::traces

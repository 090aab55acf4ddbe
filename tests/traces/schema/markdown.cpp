#include "tests/traces/schema/markdown.hpp"

#include <fmt/format.h>

#include "traces/schema/schema.hpp"

namespace fluxscope::testing {
namespace {

using namespace fluxscope::traces;  // NOLINT: this file is about nothing else

std::string_view rule_text(Rule rule) {
  switch (rule) {
    case Rule::any:
      return "";
    case Rule::row_index:
      return "equals the row number";
    case Rule::case_id:
      return "row of /cases";
    case Rule::case_id_or_none:
      return "row of /cases; 2^32 - 1: none";
    case Rule::launch_id:
      return "row of /launches";
    case Rule::row_id:
      return "row of /rows";
    case Rule::step_id:
      return "row of /steps";
    case Rule::sm:
      return "less than sm_count";
    case Rule::not_negative:
      return "0 to 2^53";
    case Rule::not_negative_or_missing:
      return "0 to 2^53; NaN: missing";
    case Rule::positive:
      return "more than 0, up to 2^53";
    case Rule::share:
      return "0 to 1";
    case Rule::finite_or_missing:
      return "finite; NaN: missing";
    case Rule::time:
      return "a time";
    case Rule::time_or_missing:
      return "a time; -2^63: missing";
    case Rule::index_or_none:
      return "2^32 - 1: none";
  }
  return "";
}

/// Text for a cell of a Markdown table, where a bar would end the cell.
std::string cell(std::string_view text) {
  std::string escaped;
  for (char const letter : text) {
    if (letter == '|') escaped += '\\';
    escaped += letter;
  }
  return escaped;
}

std::string since_text(Since since) {
  return since.minor == 0 ? "" : fmt::format(" (since 1.{})", since.minor);
}

template <class Record>
std::string column_row(Column<Record> const& column, bool attribute) {
  std::string type(hdf5::name_of(stored_type(column.member)));
  if (is_text(column)) type = attribute ? "text" : "u4 (text)";
  std::string values(rule_text(column.rule));
  if (!column.one_of.empty()) {
    values = column.one_of.front().empty() ? "empty, " : "";
    std::size_t const first = column.one_of.front().empty() ? 1 : 0;
    values += fmt::format("{}", fmt::join(column.one_of.subspan(first), ", "));
  }
  std::string meaning(column.long_name);
  if (!column.description.empty()) meaning += fmt::format(": {}", column.description);
  meaning += since_text(column.since);
  return fmt::format("| `{}` | {} | {} | {} | {} |\n", column.name, type, column.units,
                     cell(meaning), cell(values));
}

}  // namespace

std::string schema_markdown() {
  std::string text;
  for_each_attribute_group([&](auto const& group) {
    text += fmt::format(
        "### Attributes of `{}`\n\n{}\n\n| attribute | type | units | meaning | values |\n"
        "| --- | --- | --- | --- | --- |\n",
        group.group, group.description);
    for (auto const& column : group.columns) text += column_row(column, true);
    text += '\n';
  });
  for_each_table([&](auto const& table) {
    text += fmt::format(
        "### `{}`\n\n{}{}\n\n| column | type | units | meaning | values |\n"
        "| --- | --- | --- | --- | --- |\n",
        table.group, table.description, since_text(table.since));
    for (auto const& column : table.columns) text += column_row(column, false);
    text += '\n';
  });
  return text;
}

}  // namespace fluxscope::testing

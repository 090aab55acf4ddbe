#include "base/text/cells.hpp"

#include <charconv>
#include <cmath>

#include "base/error.hpp"
#include "base/text/printable.hpp"

namespace fluxscope {
namespace {

template <class Number>
std::from_chars_result parse(std::string_view cell, Number& value) {
  return std::from_chars(cell.data(), cell.data() + cell.size(), value);
}

}  // namespace

std::vector<std::string> cells_of(std::string_view line, std::string const& where, char separator) {
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    char const c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      cells.back() += c;
      ++i;
    } else if (c == '"' && (quoted || cells.back().empty())) {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      cells.emplace_back();
    } else {
      cells.back() += c;
    }
  }
  if (!quoted) return cells;
  throw InputError(where + "a quote is not closed (a record is one line). Close it.");
}

std::int64_t whole_cell(std::string_view cell, std::string_view column, std::int64_t low,
                        std::int64_t high, std::string const& where) {
  std::int64_t value = 0;
  auto const [end, error] = parse(cell, value);
  std::string const given = where + std::string(column) + " = ";
  if (error == std::errc::invalid_argument || end != cell.data() + cell.size()) {
    throw InputError(given + in_quotes(cell) + " is not a whole number. Give one.");
  }
  if (error == std::errc{} && low <= value && value <= high) return value;
  throw InputError(given + shown(cell) + " is outside [" + std::to_string(low) + ", " +
                   std::to_string(high) + "]. Give one inside.");
}

double number_cell(std::string_view cell, std::string_view column, std::string const& where) {
  double value = 0;
  auto const [end, error] = parse(cell, value);
  if (error == std::errc{} && end == cell.data() + cell.size() && std::isfinite(value)) {
    return value;
  }
  throw InputError(where + std::string(column) + " = " + in_quotes(cell) +
                   " is not a finite number. Give one, or remove the row.");
}

}  // namespace fluxscope

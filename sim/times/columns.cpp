#include "sim/times/columns.hpp"

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text/cells.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"

namespace fluxscope::sim {
namespace {

struct Unit {
  std::string_view suffix;
  double ns;
};
constexpr std::array<Unit, 4> kUnits = {{{"_ns", 1}, {"_us", 1e3}, {"_ms", 1e6}, {"_s", 1e9}}};

}  // namespace

std::string const* Columns::find(Cells cells, std::string_view column) const {
  auto const found = std::find(names_.begin(), names_.end(), column);
  return found == names_.end() ? nullptr : &cells[std::size_t(found - names_.begin())];
}

std::string Columns::text(Cells cells, std::string_view column) const {
  std::string const* cell = find(cells, column);
  return cell == nullptr ? "" : *cell;
}

std::int64_t Columns::whole(Cells cells, std::string_view column, std::int64_t low,
                            std::int64_t high, std::string const& where) const {
  std::string const* cell = find(cells, column);
  expects(cell != nullptr, "a dialect asks for columns that it checked");
  return whole_cell(*cell, column, low, high, where);
}

double Columns::time_ns(Cells cells, std::string_view column, double unit_ns,
                        std::string const& where) const {
  double const value = number_cell(text(cells, column), column, where);
  constexpr double kLongestNs = 1e12;
  if (value > 0 && value * unit_ns <= kLongestNs) return value * unit_ns;
  throw InputError(where + std::string(column) + " = " + in_quotes(text(cells, column)) +
                   " is not a time of a kernel (more than 0, at most 1000 s). Correct or remove "
                   "the row.");
}

bool has_all(CsvReader const& reader, std::span<std::string_view const> columns) {
  return std::all_of(columns.begin(), columns.end(),
                     [&](std::string_view name) { return reader.find(name).has_value(); });
}

TimeColumn time_column(CsvReader const& reader) {
  TimeColumn time;
  for (std::string const& name : reader.columns()) {
    for (char const* stem : {"time", "latency"}) {
      if (name == stem) {
        throw InputError(reader.where() + "column " + in_quotes(name) +
                         " has no unit (a thousandfold error would go unseen) name it " + stem +
                         "_ms, _us, _ns or _s.");
      }
      for (Unit const& unit : kUnits) {
        if (name != std::string(stem) + std::string(unit.suffix)) continue;
        if (!time.name.empty()) {
          throw InputError(reader.where() + "columns " + in_quotes(time.name) + " and " +
                           in_quotes(name) + " are both times (one is fitted) remove one.");
        }
        time = {name, unit.ns};
      }
    }
  }
  if (time.name.empty()) (void)reader.at("time_ms");
  return time;
}

void expect_known(CsvReader const& reader, TimeColumn const& time,
                  std::vector<std::string> const& known) {
  for (std::string const& name : reader.columns()) {
    if (name == time.name || std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw InputError(reader.where() + "column " + in_quotes(name) +
                     " is not known (nothing may be left out by a slip), " +
                     expected_one_of(name, known) + "; or remove it.");
  }
}

}  // namespace fluxscope::sim

#include "base/files/csv_reader.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/text/cells.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"

namespace fluxscope {
CsvReader::CsvReader(std::string path, std::uint64_t most_bytes)
    : lines_(std::move(path), most_bytes) {
  std::string line;
  if (!lines_.next(line) || line.empty()) {
    throw InputError(lines_.where() +
                     "no header (the first line names the columns) add it before the rows.");
  }
  columns_ = cells_of(line, where());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].empty()) {
      throw InputError(where() + "column " + std::to_string(i + 1) +
                       " has no name (the first line names the columns) name it.");
    }
    if (std::count(columns_.begin(), columns_.end(), columns_[i]) > 1) {
      throw InputError(where() + "column " + in_quotes(columns_[i]) +
                       " is there twice (which one counts is not known) remove one.");
    }
  }
}

std::optional<std::size_t> CsvReader::find(std::string_view column) const {
  auto const found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns_.begin());
}

std::size_t CsvReader::at(std::string_view column) const {
  if (auto const place = find(column)) return *place;
  std::string there;
  if (auto const near = near_miss(column, columns_)) {
    there = in_quotes(*near);
  } else {
    for (std::string const& name : columns_) there += (there.empty() ? "" : ", ") + in_quotes(name);
  }
  throw InputError(where() + "no column " + in_quotes(column) + " (there is " + there +
                   "). Add it, or name it so.");
}

bool CsvReader::next(std::vector<std::string>& cells) {
  std::string line;
  do {
    if (!lines_.next(line)) return false;
  } while (line.empty());
  cells = cells_of(line, where());
  if (cells.size() == columns_.size()) return true;
  throw InputError(where() + std::to_string(cells.size()) + " cells, the header has " +
                   std::to_string(columns_.size()) + " columns. Give each column a cell.");
}

}  // namespace fluxscope

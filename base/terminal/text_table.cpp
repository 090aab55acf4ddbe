#include "base/terminal/text_table.hpp"

#include <algorithm>

#include "base/text/escape.hpp"
#include "base/text/printable.hpp"

namespace fluxscope {
namespace {

/// Code points, not bytes: good enough for the Latin and symbol text that tables hold.
std::size_t width(std::string const& cell) {
  return static_cast<std::size_t>(std::count_if(cell.begin(), cell.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string TextTable::text() const {
  auto rows = rows_;
  for (auto& row : rows) {
    for (auto& cell : row) cell = printable(cell);  // a cell's line end would break the table
  }
  std::vector<std::size_t> widths;
  for (auto const& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string out;
  for (auto const& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string const pad(widths[i] - width(row[i]), ' ');
      bool const left = i == 0 || others_ == Align::left;
      line += (i ? "  " : "") + (left ? row[i] + pad : pad + row[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string TextTable::markdown() const {
  std::string out;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    out += "|";
    for (auto const& cell : rows_[r]) out.append(" ").append(markdown_text(cell)).append(" |");
    out += "\n";
    if (r > 0) continue;
    out += "|";
    for (std::size_t i = 0; i < rows_[0].size(); ++i) out += i ? " ---: |" : " --- |";
    out += "\n";
  }
  return out;
}

}  // namespace fluxscope

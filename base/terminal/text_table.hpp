#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fluxscope {

/// A table for the terminal: the first column left-aligned, the others right-aligned (left: where
/// they are words), two spaces between. Rows may be shorter than the header.
class TextTable {
 public:
  enum class Align : std::uint8_t { right, left };
  explicit TextTable(std::vector<std::string> header, Align others = Align::right)
      : others_(others), rows_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  /// Cells are printable().
  [[nodiscard]] std::string text() const;
  /// The same as a Markdown table, cells as markdown_text().
  [[nodiscard]] std::string markdown() const;

 private:
  Align others_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace fluxscope

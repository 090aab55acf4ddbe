#pragma once
// Tables with a header line: rows of cells, see base/text/cells.hpp.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files/text_file.hpp"

namespace fluxscope {

class CsvReader {
 public:
  /// Reads the header. Throws InputError "path:line: ..." where there is none, for a column without
  /// a name or named twice, and as LineReader does.
  CsvReader(std::string path, std::uint64_t most_bytes);

  [[nodiscard]] std::vector<std::string> const& columns() const { return columns_; }
  /// The place of a column in every row.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view column) const;
  /// The same. Throws InputError that names the near miss, or all columns of the file.
  [[nodiscard]] std::size_t at(std::string_view column) const;

  /// The next row, empty lines left out. False after the last. Throws InputError where the row has
  /// another number of cells than the header.
  [[nodiscard]] bool next(std::vector<std::string>& cells);
  /// Of the row that next() gave last, from 1; the header's before.
  [[nodiscard]] std::int64_t line() const { return lines_.number(); }
  /// "path:line: ".
  [[nodiscard]] std::string where() const { return lines_.where(); }

 private:
  LineReader lines_;
  std::vector<std::string> columns_;
};

}  // namespace fluxscope

#pragma once
// One table of a trace file that is being written.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/hdf5/file_writer.hpp"
#include "traces/file/rows.hpp"
#include "traces/file/rule_check.hpp"
#include "traces/schema/schema.hpp"

namespace fluxscope::traces {

/// What stands for a missing value in the column, or the text "none".
template <class Record>
[[nodiscard]] hdf5::Value fill_of(Column<Record> const& column) {
  if (is_text(column)) return std::uint32_t{0};
  bool const nan = may_be_nan(column.rule);
  switch (stored_type(column.member)) {
    case hdf5::Type::f32:
      if (nan) return std::nanf("");
      break;
    case hdf5::Type::f64:
      if (nan) return std::nan("");
      break;
    case hdf5::Type::i64:
      if (column.rule == Rule::time_or_missing) return kMissingNs;
      break;
    case hdf5::Type::u32:
      if (may_be_no_row(column.rule)) return kNoRow;
      break;
    default:
      break;
  }
  return std::string("none");
}

/// Creates a column with its four attributes.
inline hdf5::ColumnWriter create_column(hdf5::FileWriter& file, std::string const& path,
                                        hdf5::Type type, std::size_t chunk_rows,
                                        std::string_view units, std::string_view long_name,
                                        std::string_view description, hdf5::Value const& fill) {
  hdf5::ColumnWriter column = file.create_column(path, type, chunk_rows);
  column.set_attribute("units", std::string(units));
  column.set_attribute("long_name", std::string(long_name));
  column.set_attribute("description", std::string(description));
  column.set_attribute("fill", fill);
  return column;
}

template <class Record>
class TableWriter {
 public:
  explicit TableWriter(hdf5::FileWriter& file) {
    file.create_group(std::string(schema_.group).c_str());
    for (Column<Record> const& column : schema_.columns) {
      columns_.push_back(create_column(file, fmt::format("{}/{}", schema_.group, column.name),
                                       stored_type(column.member), schema_.chunk_rows, column.units,
                                       column.long_name, column.description, fill_of(column)));
    }
  }

  void append(std::span<Record const> records, StringTable& strings,
              std::vector<std::byte>& buffer) {
    // In slices that stay in the cache while they are gathered and encoded.
    std::size_t const slice = 8 * schema_.chunk_rows;
    while (!records.empty()) {
      // Slices end at chunk borders, so that whole chunks stay whole.
      std::size_t const count = std::min(records.size(), slice - rows_ % schema_.chunk_rows);
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        auto const elements = gather(field_of(i, records.first(count)), strings, buffer);
        columns_[i].append(elements.data(), count);
      }
      rows_ += count;
      records = records.subspan(count);
    }
  }

  void rewrite(std::span<Record const> records, StringTable& strings,
               std::vector<std::byte>& buffer) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      auto const elements = gather(field_of(i, records), strings, buffer);
      columns_[i].rewrite(elements.data(), records.size());
    }
  }

  /// Throws ContractError where a record breaks a rule of the schema.
  void check(std::span<Record const> records, Bounds const& bounds, std::size_t first_row) const {
    if (auto const problem = find_violation(schema_, records, first_row, bounds)) {
      throw ContractError(fmt::format("trace table {}: {}", schema_.group, *problem));
    }
  }

  [[nodiscard]] std::size_t rows() const { return rows_; }

 private:
  [[nodiscard]] AnyConstField field_of(std::size_t column, std::span<Record const> records) const {
    return traces::field_of<Record>(schema_.columns[column].member, records);
  }

  Table<Record> const& schema_ = table<Record>();
  std::vector<hdf5::ColumnWriter> columns_;
  std::size_t rows_ = 0;
};

}  // namespace fluxscope::traces

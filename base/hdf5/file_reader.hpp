#pragma once
// Reads columns and attributes of an HDF5 file that nobody vouches for.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/hdf5/column/column_reader.hpp"
#include "base/hdf5/handle.hpp"
#include "base/hdf5/value.hpp"

namespace fluxscope::hdf5 {

/// Every function throws InputError "path: ..." for what it does not accept. Memory is never
/// sized by a number of the file alone: a column may claim no more bytes than its stored chunks
/// can inflate to, an attribute no more than the file holds.
class FileReader {
 public:
  /// Opens read-only. A file whose last commit was interrupted is read with its journal applied.
  explicit FileReader(std::string path);

  /// Throws unless every link of the group is a hard link (no soft, external or other link).
  void check_links(std::string const& group) const;
  /// Whether the file has digests. Then ColumnReader::read() checks that of its column.
  [[nodiscard]] bool has_digests() const { return digest_.has_value(); }
  /// Throws where the file has digests and what it holds beside the columns' values is not what was
  /// written: names, types, rows and digests of all columns, attributes of all groups.
  void check_contents() const;

  [[nodiscard]] bool exists(std::string const& object) const;

  /// Empty where the object has no such attribute. Accepts scalar integers, floats and
  /// fixed-length text; integers come as std::int64_t or std::uint64_t, floats as double.
  [[nodiscard]] std::optional<Value> attribute(std::string const& object,
                                               std::string const& name) const;

  /// The column of that name, which is there. The FileReader outlives it.
  [[nodiscard]] ColumnReader column(std::string const& name, Type type) const;

 private:
  std::string path_;
  std::unique_ptr<FileBytes> bytes_;
  Handle file_;
  std::optional<std::uint64_t> digest_;  // of the contents
};

}  // namespace fluxscope::hdf5

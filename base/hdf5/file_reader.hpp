#pragma once
// Reads columns and attributes of an HDF5 file that nobody vouches for.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

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
  [[nodiscard]] bool exists(std::string const& object) const;

  /// Empty where the object has no such attribute. Accepts scalar integers, floats and
  /// fixed-length text; integers come as std::int64_t or std::uint64_t, floats as double.
  [[nodiscard]] std::optional<Value> attribute(std::string const& object,
                                               std::string const& name) const;

  /// Rows of a column, after checking rank, type, filters, layout and chunks.
  [[nodiscard]] std::size_t column_rows(std::string const& column, Type type) const;
  /// The column, in memory order. `out` holds column_rows() * size_of(type) bytes.
  void read_column(std::string const& column, Type type, std::span<std::byte> out) const;

 private:
  [[nodiscard]] Handle open_column(std::string const& column) const;

  std::string path_;
  std::uint64_t file_bytes_ = 0;
  Handle file_;
};

}  // namespace fluxscope::hdf5

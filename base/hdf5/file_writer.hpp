#pragma once
// Writes columns and attributes into a new HDF5 file that changes only by commits.

#include <cstddef>
#include <span>
#include <string>

#include "base/hdf5/handle.hpp"
#include "base/hdf5/journaled_store.hpp"
#include "base/hdf5/value.hpp"

namespace fluxscope::hdf5 {

/// A one-dimensional dataset that grows at its end.
class ColumnWriter {
 public:
  ColumnWriter(Handle dataset, Type type, std::string path, JournaledStore const& store);

  /// `data` holds `rows` elements of the column's type.
  void append(void const* data, std::size_t rows);
  /// Replaces the rows [0, rows), which must exist.
  void rewrite(void const* data, std::size_t rows);

  [[nodiscard]] Type type() const { return type_; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// Sets an attribute of the dataset.
  void set_attribute(char const* name, Value const& value);

 private:
  void write(std::size_t first, void const* data, std::size_t rows);

  Handle dataset_;
  Type type_;
  std::string path_;
  JournaledStore const* store_;
  std::size_t rows_ = 0;
};

/// Lifecycle: construct, create groups and columns, append and commit in turns, close().
/// A file whose writer ends without close() holds the last commit. Throws InputError where the disk
/// refuses a write; the writer is only good for its destructor then.
class FileWriter {
 public:
  /// Into the unfinished file of `output`, which must outlive the writer; its commit() comes after
  /// close().
  explicit FileWriter(OutputFile& output);

  void create_group(char const* name);
  /// Chunks of `chunk_rows` elements, shuffle, deflate 1, fletcher32.
  [[nodiscard]] ColumnWriter create_column(std::string const& name, Type type,
                                           std::size_t chunk_rows);
  /// Creates or replaces an attribute of the group `object` ("/" is the root).
  void set_attribute(char const* object, char const* name, Value const& value);

  /// Makes everything written so far part of the file.
  void commit();
  /// Commits and closes. All ColumnWriters must be gone.
  void close();

 private:
  std::string path_;
  JournaledStore store_;  // outlives file_
  Handle file_;
};

}  // namespace fluxscope::hdf5

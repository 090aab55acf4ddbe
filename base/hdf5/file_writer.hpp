#pragma once
// Writes columns and attributes into a new HDF5 file that changes only by commits.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/hdf5/contents.hpp"
#include "base/hdf5/handle.hpp"
#include "base/hdf5/journaled_store.hpp"
#include "base/hdf5/value.hpp"

namespace fluxscope::hdf5 {

struct WrittenColumn;

/// A one-dimensional dataset that grows at its end. Not used after FileWriter::close().
class ColumnWriter {
 public:
  explicit ColumnWriter(std::shared_ptr<WrittenColumn> column);

  /// `data` holds `rows` elements of the column's type.
  void append(void const* data, std::size_t rows);
  /// Replaces all rows, as many as there are.
  void rewrite(void const* data, std::size_t rows);

  /// Sets an attribute of the dataset.
  void set_attribute(char const* name, Value const& value);

 private:
  std::shared_ptr<WrittenColumn> column_;
};

/// Lifecycle: construct, create groups and columns, append and commit in turns, close().
/// A file whose writer ends without close() holds the last commit. Every commit holds the digests
/// of what it holds: of each column, and in the root's attribute of the contents. Throws InputError
/// where the disk refuses a write; the writer is only good for its destructor then.
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
  /// Commits and closes.
  void close();

 private:
  void write_digests();

  std::string path_;
  JournaledStore store_;  // outlives file_
  Handle file_;
  std::vector<std::shared_ptr<WrittenColumn>> columns_;
  Contents contents_;
};

}  // namespace fluxscope::hdf5

#pragma once
// One column of a file that nobody vouches for.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/hdf5/column/chunk_index.hpp"
#include "base/hdf5/column/chunk_layout.hpp"
#include "base/hdf5/column/file_bytes.hpp"
#include "base/hdf5/handle.hpp"
#include "base/hdf5/value.hpp"

namespace fluxscope::hdf5 {

/// HDF5's library reads the dataset's header, which carries a checksum. The chunk index, which does
/// not, and the chunks are read here: memory is bounded by what the file holds, and what is wrong
/// in them is an InputError "path: /column: problem" and never a crash.
class ColumnReader {
 public:
  /// Checks rank and element type. Not the stored bytes: rows() may be any number.
  ColumnReader(Handle dataset, Type type, FileBytes const& bytes, std::string where);

  [[nodiscard]] std::size_t rows() const { return rows_; }

  /// Finds the chunks: all are there, inside the file, and as long as such chunks can be. Then
  /// rows() is a number that the file does hold. Refuses other filters, layouts and other files.
  void locate();

  /// Fills `out`, rows() elements in memory order. locate() comes before. Checks the column's
  /// digest where it has one.
  void read(std::span<std::byte> out) const;

 private:
  [[noreturn]] void refuse(std::string const& problem) const;
  void check_filters(Id properties) const;
  [[nodiscard]] ChunkLayout layout() const;
  void read_chunk(StoredChunk const& chunk, std::size_t first_row, std::span<std::byte> out) const;

  Handle dataset_;
  Type type_;
  FileBytes const& bytes_;
  std::string where_;
  std::size_t rows_ = 0;
  std::size_t chunk_rows_ = 0;
  std::vector<StoredChunk> chunks_;
  std::optional<std::uint64_t> digest_;
};

}  // namespace fluxscope::hdf5

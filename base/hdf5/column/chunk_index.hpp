#pragma once
// Reads the index of a dataset's chunks. HDF5 1.8 puts no checksum on it, and its library trusts
// it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/hdf5/column/file_bytes.hpp"

namespace fluxscope::hdf5 {

/// One chunk as it is stored.
struct StoredChunk {
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
};

/// What is known of the chunks before the index is read.
struct ChunkBounds {
  std::uint64_t rows = 0;  ///< at least 1
  std::uint64_t chunk_rows = 0;
  std::uint64_t min_bytes = 0;  ///< as stored
  std::uint64_t max_bytes = 0;
};

/// The chunks of a dataset of one dimension, in order: one for each `chunk_rows` rows. Throws
/// InputError beginning with `where` for an index that lies outside the file, is no such index, or
/// lacks, repeats or misplaces a chunk, and for chunks that skip a filter, lie outside the file, or
/// are shorter or longer than they may be.
[[nodiscard]] std::vector<StoredChunk> read_chunk_index(FileBytes const& file,
                                                        std::uint64_t address,
                                                        ChunkBounds const& bounds,
                                                        std::string const& where);

}  // namespace fluxscope::hdf5

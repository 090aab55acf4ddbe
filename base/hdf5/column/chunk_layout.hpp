#pragma once
// Where a dataset of HDF5 format 1.8 keeps its chunks.

#include <cstdint>
#include <optional>

#include "base/hdf5/column/file_bytes.hpp"

namespace fluxscope::hdf5 {

struct ChunkLayout {
  std::uint64_t index_address =
      0;  ///< of the root of the chunk index; all ones where there is none
  std::uint32_t chunk_rows = 0;
  std::uint32_t element_bytes = 0;
};

/// From the layout message in the object header (version 2) at `address`, of a dataset of one
/// dimension. Empty where there is no such header or message, as in datasets that another library
/// or another format version made. The header's checksum is HDF5's to check.
[[nodiscard]] std::optional<ChunkLayout> chunk_layout_at(FileBytes const& file,
                                                         std::uint64_t address);

}  // namespace fluxscope::hdf5

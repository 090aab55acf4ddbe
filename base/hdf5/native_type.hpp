#pragma once
// HDF5's identifiers of our element types. They are HDF5's own and not to be closed.

#include "base/hdf5/handle.hpp"
#include "base/hdf5/value.hpp"

namespace fluxscope::hdf5 {

/// In the file: little-endian on every machine.
[[nodiscard]] Id file_type(Type type);

/// In memory.
[[nodiscard]] Id memory_type(Type type);

}  // namespace fluxscope::hdf5

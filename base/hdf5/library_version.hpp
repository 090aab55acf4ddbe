#pragma once

#include <string>

namespace fluxscope::hdf5 {

/// Version of the HDF5 library in use, e.g. "1.10.8".
[[nodiscard]] std::string library_version();

}  // namespace fluxscope::hdf5

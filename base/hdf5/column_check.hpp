#pragma once
// The checks of a dataset before a byte of it is read.

#include <cstdint>
#include <string>

#include "base/hdf5/handle.hpp"
#include "base/hdf5/value.hpp"

namespace fluxscope::hdf5 {

/// Rows of `dataset`, which must be one-dimensional, of `type`, stored inside a file of
/// `file_bytes`, and use no filter but shuffle, deflate and fletcher32. `where` = "path: /column".
/// Throws InputError.
[[nodiscard]] std::size_t checked_rows(Id dataset, Type type, std::uint64_t file_bytes,
                                       std::string const& where);

}  // namespace fluxscope::hdf5

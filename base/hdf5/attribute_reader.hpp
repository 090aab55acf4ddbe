#pragma once
// Reads attributes that nobody vouches for.

#include <cstdint>
#include <optional>
#include <string>

#include "base/hdf5/handle.hpp"
#include "base/hdf5/value.hpp"

namespace fluxscope::hdf5 {

/// The attribute of an open object in a file of `file_bytes`; empty where it has none of that name.
/// Integers come as std::int64_t or std::uint64_t, floats as double. `where` begins the messages.
/// Throws InputError for what is no scalar integer, float or fixed-length text.
[[nodiscard]] std::optional<Value> read_attribute(Id object, std::string const& name,
                                                  std::uint64_t file_bytes,
                                                  std::string const& where);

}  // namespace fluxscope::hdf5

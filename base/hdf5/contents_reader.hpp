#pragma once
// Goes through all groups of a file.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hdf5/contents.hpp"
#include "base/hdf5/handle.hpp"

namespace fluxscope::hdf5 {

/// Names in a group, ascending. Throws InputError unless every link is a hard link (no soft,
/// external or other link).
[[nodiscard]] std::vector<std::string> links_of(Id file, std::string const& group,
                                                std::string const& path);

/// Everything in an open file of `file_bytes`, values of columns apart. Throws InputError for links
/// as above, objects that are neither group nor dataset, and more of them than any trace has.
[[nodiscard]] Contents contents_of(Id file, std::uint64_t file_bytes, std::string const& path);

/// The digest that an open object carries, if any.
[[nodiscard]] std::optional<std::uint64_t> digest_attribute(Id object, std::string const& where);

}  // namespace fluxscope::hdf5

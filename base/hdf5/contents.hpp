#pragma once
// What a file holds beside the values of its columns, and the digest of it.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/hdf5/value.hpp"

namespace fluxscope::hdf5 {

/// Attribute of every column that holds its digest, and of the root that holds that of the
/// contents. The latter is not part of the contents.
inline constexpr char kDigestAttribute[] = "digest";

/// Columns (name, type, rows, digest), groups and their attributes. docs/trace_format.md describes
/// how the digest is made.
class Contents {
 public:
  void add_group(std::string const& path) { entries_[path] = "group"; }

  /// Text loses its trailing NULs, which the file does not tell from padding.
  void set_attribute(std::string const& group, std::string const& name, Value const& value);

  /// `type` is none for an element type that is not one of ours, `digest` where the column has no
  /// such attribute.
  void set_column(std::string const& path, std::optional<Type> type, std::size_t rows,
                  std::optional<std::uint64_t> digest);

  [[nodiscard]] std::uint64_t digest() const;

 private:
  std::map<std::string, std::string, std::less<>> entries_;
};

}  // namespace fluxscope::hdf5

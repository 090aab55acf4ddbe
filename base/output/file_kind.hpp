#pragma once
// Kinds of files, told by their first bytes: what a command may replace, and what it left behind.

#include <string>
#include <vector>

namespace fluxscope {

/// A file is of a kind where it begins with one of `begins` and has `holds` within its first
/// kLookedAtBytes. Each writer's kind lies beside the writer.
struct FileKind {
  std::string name;  ///< "a trace"
  std::vector<std::string> begins;
  std::string holds = {};  ///< empty: nothing more
};

/// A trace's name stands behind its opening tables, which a model of 1,000 layers fills with less.
inline constexpr std::size_t kLookedAtBytes = std::size_t{1} << 24;

/// What an HDF5 file begins with.
inline constexpr char kHdf5Signature[] = "\x89HDF\r\n\x1a\n";

/// Whether the file is of one of the kinds. Throws InputError where it cannot be read.
[[nodiscard]] bool is_of(std::string const& path, std::vector<FileKind> const& kinds);

/// Whether a writer of one of the kinds may have been stopped while writing the file: it is empty,
/// begins with NULs in the place of HDF5's signature (which is written last), or with the begin of
/// a beginning.
[[nodiscard]] bool may_become(std::string const& path, std::vector<FileKind> const& kinds);

/// "a trace", "a sweep or a summary", ...
[[nodiscard]] std::string names_of(std::vector<FileKind> const& kinds);

}  // namespace fluxscope

#include "base/output/file_kind.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/error.hpp"

namespace fluxscope {
namespace {

constexpr std::size_t kStartBytes = 64;  // no beginning is longer

/// Up to `limit` bytes. Never waits: a pipe without a writer is empty.
std::string first_bytes(std::string const& path, std::size_t limit) {
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  std::string bytes;
  ssize_t got = fd < 0 ? -1 : 1;
  while (got > 0 && bytes.size() < limit) {
    std::size_t const held = bytes.size();
    bytes.resize(std::min(limit, held + (std::size_t{1} << 20)));
    got = ::read(fd, bytes.data() + held, bytes.size() - held);
    bytes.resize(held + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  int const error = errno;
  if (fd >= 0) ::close(fd);
  if (got < 0) {
    throw InputError(path + ": cannot be read to see whose file it is (" + std::strerror(error) +
                     ") choose another output, or remove it");
  }
  return bytes;
}

bool begins_as(std::string const& bytes, FileKind const& kind) {
  return std::any_of(kind.begins.begin(), kind.begins.end(),
                     [&](std::string const& one) { return bytes.starts_with(one); });
}

}  // namespace

bool is_of(std::string const& path, std::vector<FileKind> const& kinds) {
  std::string bytes = first_bytes(path, kStartBytes);
  for (FileKind const& kind : kinds) {
    if (!begins_as(bytes, kind)) continue;
    if (kind.holds.empty()) return true;
    if (bytes.size() <= kStartBytes) bytes = first_bytes(path, kLookedAtBytes);
    if (bytes.find(kind.holds) != std::string::npos) return true;
  }
  return false;
}

bool may_become(std::string const& path, std::vector<FileKind> const& kinds) {
  std::string const bytes = first_bytes(path, kStartBytes);
  std::string const signature = bytes.substr(0, std::string_view(kHdf5Signature).size());
  if (signature.find_first_not_of('\0') == std::string::npos) return true;
  return std::any_of(kinds.begin(), kinds.end(), [&](FileKind const& kind) {
    return begins_as(bytes, kind) ||
           std::any_of(kind.begins.begin(), kind.begins.end(),
                       [&](std::string const& one) { return one.starts_with(bytes); });
  });
}

std::string names_of(std::vector<FileKind> const& kinds) {
  std::string text;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (i > 0) text += i + 1 == kinds.size() ? " or " : ", ";
    text += kinds[i].name;
  }
  return text;
}

}  // namespace fluxscope

#include "base/hdf5/column/file_bytes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.hpp"

namespace fluxscope::hdf5 {

FileBytes::FileBytes(std::string const& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
  struct stat status {};
  if (fd_ < 0 || ::fstat(fd_, &status) != 0) {
    int const error = errno;
    if (fd_ >= 0) ::close(fd_);
    throw InputError(fmt::format("{}: cannot be opened ({}); check its permissions", path,
                                 std::strerror(error)));
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

FileBytes::FileBytes(std::vector<std::byte> image)
    : image_(std::move(image)), size_(image_.size()) {}

FileBytes::~FileBytes() {
  if (fd_ >= 0) ::close(fd_);
}

bool FileBytes::read(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset > size_ || out.size() > size_ - offset) return false;
  if (fd_ < 0) {
    std::copy_n(image_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return true;
  }
  while (!out.empty()) {
    ssize_t const got = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    offset += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace fluxscope::hdf5

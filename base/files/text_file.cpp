#include "base/files/text_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/error.hpp"
#include "base/files/input_log.hpp"

namespace fluxscope {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kReadBytes = std::size_t{64} << 10;

[[noreturn]] void refuse_opening(std::string const& path, int error) {
  std::string const why = std::generic_category().message(error);
  throw InputError(path + ": cannot be opened (" + why + ") check the path and its permissions");
}

/// Null for a regular file.
char const* other_kind(mode_t mode) {
  if (S_ISREG(mode)) return nullptr;
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

void expect_regular(std::string const& path, mode_t mode) {
  if (char const* kind = other_kind(mode)) {
    throw InputError(path + ": is " + kind + " (only a regular file has an end) give a file");
  }
}

void expect_within(std::string const& path, std::uint64_t bytes, std::uint64_t most_bytes) {
  if (bytes <= most_bytes) return;
  throw InputError(path + ": has more than the " + std::to_string(most_bytes) +
                   " bytes that are read of such a file (is it the right one?) make it smaller");
}

void expect_no_nul(std::string const& where, std::string_view text) {
  if (text.find('\0') == std::string_view::npos) return;
  throw InputError(where + "a NUL byte (the file is damaged or no text) write it anew");
}

}  // namespace

RegularFile::RegularFile(std::string path) : path_(std::move(path)) {
  struct stat status {};
  // Before opening: to open a device can do something.
  if (::stat(path_.c_str(), &status) != 0) refuse_opening(path_, errno);
  expect_regular(path_, status.st_mode);
  fd_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd_ < 0) refuse_opening(path_, errno);
  if (::fstat(fd_, &status) != 0 || other_kind(status.st_mode) != nullptr) {
    ::close(fd_);
    throw InputError(path_ + ": became another file while it was opened; try again");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  note_input(path_);
}

RegularFile::~RegularFile() { ::close(fd_); }

std::size_t RegularFile::read_at(std::uint64_t offset, std::span<char> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    ssize_t const got =
        ::pread(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      std::string const why = std::generic_category().message(errno);
      throw InputError(path_ + ": cannot be read at byte " + std::to_string(offset + done) + " (" +
                       why + ") check the disk, or copy the file");
    }
    done += static_cast<std::size_t>(got);
  }
  return done;
}

std::string read_text_file(std::string const& path, std::uint64_t most_bytes) {
  RegularFile const file(path);
  expect_within(path, file.size(), most_bytes);
  std::string text;
  // To the end, not to size(): some file systems state 0 for files that hold text.
  for (std::size_t got = kReadBytes; got == kReadBytes;) {
    std::size_t const before = text.size();
    text.resize(before + kReadBytes);
    got = file.read_at(before, std::span(text).subspan(before));
    text.resize(before + got);
    expect_within(path, text.size(), most_bytes);
  }
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  if (std::size_t const nul = text.find('\0'); nul != std::string::npos) {
    auto const line =
        1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(nul), '\n');
    expect_no_nul(path + ":" + std::to_string(line) + ": ", text);
  }
  return text;
}

LineReader::LineReader(std::string path, std::uint64_t most_bytes)
    : file_(std::move(path)), most_bytes_(most_bytes) {
  expect_within(file_.path(), file_.size(), most_bytes_);
  if (refill() && buffer_.starts_with(kByteOrderMark)) begin_ = kByteOrderMark.size();
}

bool LineReader::refill() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  std::size_t const before = buffer_.size();
  buffer_.resize(before + kReadBytes);
  std::size_t const got = file_.read_at(offset_, std::span(buffer_).subspan(before));
  buffer_.resize(before + got);
  offset_ += got;
  expect_within(file_.path(), offset_, most_bytes_);
  return got > 0;
}

bool LineReader::next(std::string& line) {
  std::size_t end = buffer_.find('\n', begin_);
  while (end == std::string::npos) {
    std::size_t const searched = buffer_.size() - begin_;
    if (searched > limits::kLineBytes) {
      throw InputError(file_.path() + ":" + std::to_string(number_ + 1) + ": a line of more than " +
                       std::to_string(limits::kLineBytes) +
                       " bytes (is it the right file?) break it up");
    }
    if (!refill()) break;
    end = buffer_.find('\n', searched);
  }
  if (end == std::string::npos && begin_ == buffer_.size()) return false;
  line.assign(buffer_, begin_, end == std::string::npos ? end : end - begin_);
  begin_ = end == std::string::npos ? buffer_.size() : end + 1;
  ++number_;
  ended_ = end != std::string::npos;
  if (line.ends_with('\r')) line.pop_back();
  expect_no_nul(where(), line);
  return true;
}

std::string LineReader::where() const {
  return file_.path() + ":" + std::to_string(number_) + ": ";
}

}  // namespace fluxscope

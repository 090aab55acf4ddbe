#pragma once
// The one way to read a text file. A path that names a folder, a named pipe, a device or a socket,
// a file that may not be read, has more bytes than allowed, fails while it is read, or holds NUL
// bytes is an InputError "path: problem (why) what to do". Nothing here waits for a writer.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/limits.hpp"

namespace fluxscope {

/// A regular file, open for reading.
class RegularFile {
 public:
  /// Throws InputError.
  explicit RegularFile(std::string path);
  ~RegularFile();
  RegularFile(RegularFile const&) = delete;
  RegularFile& operator=(RegularFile const&) = delete;

  [[nodiscard]] std::string const& path() const { return path_; }
  /// When it was opened.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Reads from `offset` on until `bytes` is full or the file ends. Returns the bytes read. Throws
  /// InputError where the system reports an error.
  std::size_t read_at(std::uint64_t offset, std::span<char> bytes) const;

 private:
  std::string path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

/// The whole text without a byte order mark (UTF-8's); line ends stay as they are. Throws
/// InputError, also beyond `most_bytes`.
[[nodiscard]] std::string read_text_file(std::string const& path,
                                         std::uint64_t most_bytes = limits::kConfigBytes);

/// A text line by line: memory for one line at a time. A byte order mark before the first line and
/// a carriage return at a line's end are left out; the last line needs no end.
class LineReader {
 public:
  /// Throws InputError, as next() does: beyond `most_bytes`, or for a line beyond kLineBytes.
  LineReader(std::string path, std::uint64_t most_bytes);

  /// The next line, without its end. False after the last.
  [[nodiscard]] bool next(std::string& line);
  /// Of the line that next() gave last, from 1.
  [[nodiscard]] std::int64_t number() const { return number_; }
  /// Whether that line has an end; false only of a file's last line.
  [[nodiscard]] bool ended() const { return ended_; }
  /// "path:number: ".
  [[nodiscard]] std::string where() const;

 private:
  [[nodiscard]] bool refill();

  RegularFile file_;
  std::uint64_t most_bytes_;
  std::uint64_t offset_ = 0;
  std::string buffer_;
  std::size_t begin_ = 0;  ///< of what next() has not given yet
  std::int64_t number_ = 0;
  bool ended_ = true;
};

}  // namespace fluxscope

#pragma once

#include <ostream>
#include <streambuf>
#include <string>

namespace fluxscope {

/// While it lives, what is written to the stream arrives as printable() text with its line ends and
/// tabs: no name, label or value from a file moves the cursor of a terminal. Not thread-safe, as
/// the stream is not.
class PrintableStream : private std::streambuf {
 public:
  explicit PrintableStream(std::ostream& stream);
  ~PrintableStream() override;
  PrintableStream(PrintableStream const&) = delete;
  PrintableStream& operator=(PrintableStream const&) = delete;

 private:
  int_type overflow(int_type c) override;
  std::streamsize xsputn(char const* text, std::streamsize size) override;
  int sync() override;

  /// Writes `waiting_`; without `all` a character that may go on with the next bytes stays.
  bool write_out(bool all);

  std::ostream& stream_;
  std::streambuf* target_;
  std::string waiting_;
};

}  // namespace fluxscope

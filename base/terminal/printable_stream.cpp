#include "base/terminal/printable_stream.hpp"

#include <algorithm>

#include "base/text/printable.hpp"

namespace fluxscope {
namespace {

constexpr std::size_t kWaitingBytes = std::size_t{64} << 10;
constexpr std::size_t kLongestCharacter = 4;

/// Where the last character of UTF-8 may be unfinished: the bytes before it.
std::size_t finished_bytes(std::string const& text) {
  std::size_t at = text.size();
  for (std::size_t i = 0; i < std::min(kLongestCharacter, text.size()); ++i) {
    auto const byte = static_cast<unsigned char>(text[--at]);
    if (byte < 0x80) return text.size();
    if (byte >= 0xC0) return at;
  }
  return text.size();
}

}  // namespace

PrintableStream::PrintableStream(std::ostream& stream)
    : stream_(stream), target_(stream.rdbuf(this)) {}

PrintableStream::~PrintableStream() {
  write_out(true);
  stream_.rdbuf(target_);
}

PrintableStream::int_type PrintableStream::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
  char const letter = traits_type::to_char_type(c);
  return xsputn(&letter, 1) == 1 ? c : traits_type::eof();
}

std::streamsize PrintableStream::xsputn(char const* text, std::streamsize size) {
  waiting_.append(text, static_cast<std::size_t>(size));
  if (waiting_.size() >= kWaitingBytes && !write_out(false)) return 0;
  return size;
}

int PrintableStream::sync() { return write_out(true) && target_->pubsync() == 0 ? 0 : -1; }

bool PrintableStream::write_out(bool all) {
  std::size_t const bytes = all ? waiting_.size() : finished_bytes(waiting_);
  std::string const text = printable(std::string_view(waiting_).substr(0, bytes), Layout::kept);
  waiting_.erase(0, bytes);
  auto const size = static_cast<std::streamsize>(text.size());
  return target_->sputn(text.data(), size) == size;
}

}  // namespace fluxscope

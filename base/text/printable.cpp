#include "base/text/printable.hpp"

#include <algorithm>

#include "base/text/utf8.hpp"

namespace fluxscope {
namespace {

void append_escaped(std::string& out, char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  auto const byte = static_cast<unsigned char>(c);
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else {
    out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
  }
}

/// Appends the first character of `text`, escaped where it has to be. Returns its bytes.
std::size_t append_first(std::string& out, std::string_view text, Layout layout) {
  std::size_t const length = utf8_length(text);
  bool const kept = layout == Layout::kept && (text[0] == '\n' || text[0] == '\t');
  if (kept || (length > 0 && !is_control(text.substr(0, length)))) {
    out += text.substr(0, length);
    return length;
  }
  std::size_t const bytes = std::max<std::size_t>(1, length);
  for (char const c : text.substr(0, bytes)) append_escaped(out, c);
  return bytes;
}

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

std::string printable(std::string_view text, Layout layout) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) text.remove_prefix(append_first(out, text, layout));
  return out;
}

std::string shown(std::string_view text, std::size_t most) {
  std::string out;
  std::string_view rest = text;
  for (std::size_t i = 0; i < most && !rest.empty(); ++i) {
    rest.remove_prefix(append_first(out, rest, Layout::escaped));
  }
  if (rest.empty()) return out;
  return out + "... (" + std::to_string(text.size()) + " bytes)";
}

std::string in_quotes(std::string_view text) {
  std::string out(1, '\'');
  out += shown(text);
  out += '\'';
  return out;
}

std::string message_text(std::string_view message) {
  std::string const text = printable(message);
  if (text.size() <= limits::kMessageBytes) return text;
  // The place and the problem come first, what to do comes last.
  std::size_t head = limits::kMessageBytes * 3 / 5;
  std::size_t tail = text.size() - limits::kMessageBytes / 3;
  while (head > 0 && continues(text[head])) --head;
  while (tail < text.size() && continues(text[tail])) ++tail;
  return text.substr(0, head) + " ... " + text.substr(tail);
}

}  // namespace fluxscope

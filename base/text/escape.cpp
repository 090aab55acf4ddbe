#include "base/text/escape.hpp"

#include <cctype>
#include <charconv>

#include "base/text/printable.hpp"
#include "base/text/utf8.hpp"

namespace fluxscope {
namespace {

bool is_number(std::string_view text) {
  double value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() &&
         std::isdigit(static_cast<unsigned char>(text.back())) != 0;
}

bool begins_formula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos &&
         !is_number(text);
}

bool is_word(std::string_view text, std::size_t at) {
  return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 ||
                              static_cast<unsigned char>(text[at]) >= 0x80);
}

}  // namespace

std::string csv_cell(std::string_view text) {
  std::string cell;
  if (begins_formula(text)) cell += '\'';
  cell += text;
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string in_quotes(1, '"');
  for (char const letter : cell) {
    if (letter == '"') in_quotes += '"';
    in_quotes += letter;
  }
  in_quotes += '"';
  return in_quotes;
}

std::string markdown_text(std::string_view text) {
  std::string const plain = printable(text);
  std::string out;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    char const c = plain[i];
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      bool const inside_word = c == '_' && i > 0 && is_word(plain, i - 1) && is_word(plain, i + 1);
      bool const mark = std::string_view("\\`*_[]|~").find(c) != std::string_view::npos;
      bool const first = i == 0 && std::string_view("#").find(c) != std::string_view::npos;
      if ((mark && !inside_word) || first) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string toml_text(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out(1, '"');
  while (!text.empty()) {
    std::size_t const length = utf8_length(text);
    auto const byte = static_cast<unsigned char>(text[0]);
    if (length == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD: TOML has no way to write a byte that is no UTF-8
    } else if (length == 1 && is_control(text.substr(0, 1))) {
      out += "\\u00";
      out += {kDigits[byte >> 4], kDigits[byte & 15]};
    } else {
      if (byte == '"' || byte == '\\') out += '\\';
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
  return out;
}

}  // namespace fluxscope

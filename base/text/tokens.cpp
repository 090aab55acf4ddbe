#include "base/text/tokens.hpp"

#include <charconv>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text/printable.hpp"

namespace fluxscope {

std::int64_t parse_tokens(std::string const& text, std::string const& where) {
  std::int64_t count = 0;
  char const* const end = text.data() + text.size();
  auto const [rest, problem] = std::from_chars(text.data(), end, count);
  std::string const unit(rest, end);
  std::int64_t const factor = unit.empty() ? 1 : unit == "K" ? 1 << 10 : unit == "M" ? 1 << 20 : 0;
  bool const number = problem == std::errc() && factor != 0;
  if (!number || count < 1 || count > limits::kTokens / factor) {
    throw InputError(where + " " + in_quotes(text) + " is no number of tokens from 1 to " +
                     std::to_string(limits::kTokens) + " (K is 1024, M 1048576) write e.g. 128K");
  }
  return count * factor;
}

}  // namespace fluxscope

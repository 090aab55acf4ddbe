#pragma once
// Texts of others (file names, labels, values) as a terminal and a message may show them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/limits.hpp"

namespace fluxscope {

/// Whether line ends and tabs are layout, or bytes of a value.
enum class Layout : std::uint8_t { kept, escaped };

/// `text` with every control character and every byte that is no UTF-8 written as "\x1b" (a line
/// end as "\n", a tab as "\t"). The result is valid UTF-8 that moves no cursor.
[[nodiscard]] std::string printable(std::string_view text, Layout layout = Layout::escaped);

/// printable(), cut to `most` characters: "aaaa... (5000000 bytes)". For values in messages.
[[nodiscard]] std::string shown(std::string_view text, std::size_t most = limits::kShownCharacters);

/// shown() in single quotes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// A whole message: printable(), with its middle cut out where it is above kMessageBytes.
[[nodiscard]] std::string message_text(std::string_view message);

}  // namespace fluxscope

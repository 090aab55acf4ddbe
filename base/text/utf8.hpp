#pragma once

#include <cstddef>
#include <string_view>

namespace fluxscope {

/// Bytes of the well-formed UTF-8 sequence that `text` begins with (RFC 3629: no overlong forms, no
/// surrogates, at most U+10FFFF); 0 where there is none.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text);

/// Whether a well-formed sequence is a character that shows nothing and may change what is shown:
/// C0, DEL, C1, line and paragraph separators, marks of direction, of zero width and of language
/// (soft hyphen, U+061C, U+200B to U+200F, U+2028 to U+202E, U+2060 to U+206F, U+FEFF, U+FFF9 to
/// U+FFFB, tags).
[[nodiscard]] bool is_control(std::string_view sequence);

}  // namespace fluxscope

#pragma once

#include <cstddef>
#include <string_view>

namespace fluxscope {

/// Bytes of the well-formed UTF-8 sequence that `text` begins with (RFC 3629: no overlong forms, no
/// surrogates, at most U+10FFFF); 0 where there is none.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text);

/// Whether a well-formed sequence is a control character: C0, DEL, C1, and the marks that turn the
/// direction of what follows (U+202A to U+202E, U+2066 to U+2069) or end a line (U+2028, U+2029).
[[nodiscard]] bool is_control(std::string_view sequence);

}  // namespace fluxscope

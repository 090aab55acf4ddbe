#pragma once
// Where in a text a value of JSON stands, and how it is written there. The parser keeps neither.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fluxscope {

/// Keys and, for lists, numbers from 0, from the outermost value inwards.
using JsonPath = std::vector<std::string>;

/// The characters of the value at `path`, without blanks around it; nothing where none is there.
/// `text` is one that parse_json() took.
[[nodiscard]] std::optional<std::string_view> json_text_of(std::string_view text,
                                                           JsonPath const& path);

/// The line, from 1, on which the value at `path` begins; of what encloses it where it is absent.
[[nodiscard]] std::int64_t json_line(std::string_view text, JsonPath path);

}  // namespace fluxscope

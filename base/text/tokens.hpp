#pragma once

#include <cstdint>
#include <string>

namespace fluxscope {

/// A number of tokens as a user writes it: "131072", "128K" (x 1024) or "1M" (x 1024 x 1024), at
/// least 1 and at most limits::kTokens. Throws InputError, which begins with `where`.
[[nodiscard]] std::int64_t parse_tokens(std::string const& text, std::string const& where);

}  // namespace fluxscope

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace fluxscope {

/// Strict JSON: one value, no key twice in an object, at most limits::kNesting levels (the parser
/// itself would take any number, and whoever walks the value overflow the stack), no NUL byte.
/// Throws InputError, which begins with `where`.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, std::string const& where);

}  // namespace fluxscope

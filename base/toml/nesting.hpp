#pragma once

#include <string>
#include <string_view>

namespace fluxscope {

/// Throws InputError "path:line: ..." for a TOML text with more than limits::kNesting brackets
/// inside each other, or a key of more than limits::kKeyParts parts: the parser, and the
/// destructor of what it builds, call themselves per level.
void expect_shallow_toml(std::string_view text, std::string const& path);

}  // namespace fluxscope

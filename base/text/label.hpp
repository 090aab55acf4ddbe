#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fluxscope {

/// What keeps `text` from naming a thing in tables and files, as "is empty (why) what to do";
/// nothing for a label: one line of UTF-8 without control characters, at most limits::kLabelBytes.
[[nodiscard]] std::optional<std::string> label_problem(std::string_view text);

}  // namespace fluxscope

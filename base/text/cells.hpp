#pragma once

#include <string_view>
#include <vector>

namespace fluxscope {

/// The parts of `line` between separators; "a,b," has three, an empty line one. No quoting.
[[nodiscard]] std::vector<std::string_view> cells_of(std::string_view line, char separator = ',');

}  // namespace fluxscope

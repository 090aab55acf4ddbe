#pragma once

#include <string>
#include <string_view>

namespace fluxscope {

/// `value` in a format of fmt ("{:.2f}x", "{:+.1f} %"): the one way in which tables and messages
/// print a number that may not exist. "-" for NaN and infinities, whatever stands around the
/// number in `format`; a number that is rounded to zero has no sign.
[[nodiscard]] std::string number_text(std::string_view format, double value);

}  // namespace fluxscope

#include "base/terminal/number_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace fluxscope {

std::string number_text(std::string_view format, double value) {
  if (!std::isfinite(value)) return "-";
  std::string text = fmt::format(fmt::runtime(format), value);
  bool const is_signed = text.starts_with('-') || text.starts_with('+');
  if (is_signed && text.find_first_of("123456789") == std::string::npos) text.erase(0, 1);
  return text;
}

}  // namespace fluxscope

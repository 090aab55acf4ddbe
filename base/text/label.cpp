#include "base/text/label.hpp"

#include "base/limits.hpp"
#include "base/text/printable.hpp"

namespace fluxscope {

std::optional<std::string> label_problem(std::string_view text) {
  if (text.empty()) return "is empty (it names things in tables) give a name";
  if (text.size() > limits::kLabelBytes) {
    return "is longer than " + std::to_string(limits::kLabelBytes) +
           " bytes (it names things in tables) shorten it";
  }
  if (printable(text) == text) return std::nullopt;
  return "holds control characters (it names things in tables) remove them";
}

}  // namespace fluxscope

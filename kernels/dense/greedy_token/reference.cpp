#include "kernels/dense/greedy_token/reference.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "kernels/dense/greedy_token/launch.hpp"

namespace fluxscope::kernels {

std::int32_t greedy_token_reference(std::span<double const> logits) {
  expects(!logits.empty(), "a row has logits");
  if (std::any_of(logits.begin(), logits.end(), [](double x) { return std::isnan(x); })) {
    return kNoToken;
  }
  return static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

}  // namespace fluxscope::kernels

#include "sim/cost/estimate.hpp"

#include <array>

#include "base/statistics.hpp"

namespace fluxscope::sim {

std::string to_text(Standing standing) {
  static constexpr std::array kWords = {"calibrated", "interpolated", "extrapolated",
                                        "transferred"};
  return kWords.at(static_cast<std::size_t>(standing));
}

LeftOut left_out(std::vector<double> ratios) {
  if (ratios.empty()) return {};
  std::sort(ratios.begin(), ratios.end());
  auto const at = [&](double share) { return ratios[nearest_rank(share, ratios.size()) - 1]; };
  return {.low_ratio = at(0.05),
          .high_ratio = at(0.95),
          .points = static_cast<std::int64_t>(ratios.size())};
}

}  // namespace fluxscope::sim

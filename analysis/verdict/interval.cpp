#include "analysis/verdict/interval.hpp"

#include <algorithm>
#include <array>

namespace fluxscope::analysis {

IntervalKind interval_kind(std::string_view source) {
  return source == "simulated" ? IntervalKind::model : IntervalKind::samples;
}

std::string_view order_name(Order order) {
  constexpr std::array<std::string_view, 3> kNames = {"slower", "equal", "quicker"};
  return kNames.at(static_cast<std::size_t>(order));
}

std::string_view weaker_provenance(std::string_view a, std::string_view b) {
  constexpr std::array<std::string_view, 5> kStrongestFirst = {
      "measured", "calibrated", "interpolated", "extrapolated", "transferred"};
  auto const rank = [&](std::string_view word) {
    return std::find(kStrongestFirst.begin(), kStrongestFirst.end(), word);
  };
  return rank(a) < rank(b) ? b : a;
}

}  // namespace fluxscope::analysis

#include "sim/calibrate/chip_of_trace.hpp"

#include <algorithm>
#include <vector>

namespace fluxscope::sim {
namespace {

bool is_known(traces::SmPlaceRecord const& place) {
  return place.gpc != traces::kNoRow && place.memory_group != traces::kNoRow &&
         place.fill_rank != traces::kNoRow;
}

}  // namespace

Chip chip_of_trace(std::span<traces::SmPlaceRecord const> places) {
  if (!std::all_of(places.begin(), places.end(), is_known)) return {};
  std::vector<traces::SmPlaceRecord> ordered(places.begin(), places.end());
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](auto const& a, auto const& b) { return a.fill_rank < b.fill_rank; });
  Chip chip;
  for (std::size_t begin = 0; begin < ordered.size();) {
    std::size_t end = begin;
    while (end < ordered.size() && ordered[end].gpc == ordered[begin].gpc) ++end;
    ChipPart const piece{static_cast<std::int32_t>(end - begin),
                         static_cast<std::int32_t>(ordered[begin].memory_group)};
    bool const small = piece.sms < kLeastPart;
    if (small && chip.parts.empty()) {
      chip.first.push_back(piece);
    } else if (small && chip.parts.back().memory_group == piece.memory_group) {
      chip.parts.back().sms += piece.sms;
    } else {
      chip.parts.push_back(piece);
    }
    begin = end;
  }
  return chip;
}

}  // namespace fluxscope::sim

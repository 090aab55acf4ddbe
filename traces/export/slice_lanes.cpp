#include "traces/export/slice_lanes.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace fluxscope::traces {
namespace {

// Ends of the slices that are open in one lane, outermost first.
using OpenEnds = std::vector<std::int64_t>;

// By begin; of two that begin together, the one that can hold the other comes first.
std::vector<std::size_t> drawing_order(std::vector<Slice> const& slices) {
  std::vector<std::size_t> order(slices.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tuple(slices[a].begin_ns, slices[b].end_ns) <
           std::tuple(slices[b].begin_ns, slices[a].end_ns);
  });
  return order;
}

}  // namespace

std::vector<std::size_t> assign_lanes(std::vector<Slice> const& slices, Nesting nesting) {
  std::vector<std::size_t> lanes(slices.size());
  std::vector<OpenEnds> open;
  for (std::size_t const i : drawing_order(slices)) {
    std::size_t lane = 0;
    for (; lane < open.size(); ++lane) {
      OpenEnds& ends = open[lane];
      while (!ends.empty() && ends.back() <= slices[i].begin_ns) ends.pop_back();
      if (ends.empty()) break;
      if (nesting == Nesting::allowed && ends.back() >= slices[i].end_ns) break;
    }
    if (lane == open.size()) open.emplace_back();
    open[lane].push_back(slices[i].end_ns);
    lanes[i] = lane;
  }
  return lanes;
}

std::string encode_lane(std::vector<Slice> const& slices, std::uint64_t track,
                        std::int64_t origin_ns) {
  std::string packets;
  OpenEnds open;
  auto const time = [&](std::int64_t time_ns) {
    return static_cast<std::uint64_t>(time_ns - origin_ns);
  };
  auto const close_innermost = [&] {
    packets += perfetto::slice_end(track, time(open.back()));
    open.pop_back();
  };
  for (std::size_t const i : drawing_order(slices)) {
    Slice const& slice = slices[i];
    while (!open.empty() && open.back() <= slice.begin_ns) close_innermost();
    packets += perfetto::slice_begin(track, time(slice.begin_ns), slice.name, slice.annotations);
    open.push_back(slice.end_ns);
  }
  while (!open.empty()) close_innermost();
  return packets;
}

}  // namespace fluxscope::traces

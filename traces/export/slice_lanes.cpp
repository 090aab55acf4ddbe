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
  std::vector<std::size_t> lane_of(slices.size());
  Lanes lanes(nesting);
  for (std::size_t const i : drawing_order(slices)) {
    lane_of[i] = lanes.take(slices[i].begin_ns, slices[i].end_ns);
  }
  return lane_of;
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

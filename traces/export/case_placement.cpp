#include "traces/export/case_placement.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

namespace fluxscope::traces {
namespace {

constexpr std::int64_t kGapNs = 10'000;  // between two executions that had to be moved apart

struct Window {
  std::int64_t begin_ns = std::numeric_limits<std::int64_t>::max();
  std::int64_t end_ns = std::numeric_limits<std::int64_t>::min();

  void cover(std::int64_t time_ns) {
    if (time_ns == kMissingNs) return;
    begin_ns = std::min(begin_ns, time_ns);
    end_ns = std::max(end_ns, time_ns);
  }
};

using Execution = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;  // case, pass, rep

Execution execution_of(LaunchRecord const& launch) {
  return {launch.case_id, launch.pass, launch.repetition};
}

std::map<Execution, Window> windows_of(Trace const& trace) {
  std::map<Execution, Window> windows;
  for (LaunchRecord const& launch : trace.launches) {
    if (launch.case_id == kNoRow) continue;
    Window& window = windows[execution_of(launch)];
    for (auto const time_ns :
         {launch.start_ns, launch.end_ns, launch.first_cta_ns, launch.last_cta_ns}) {
      window.cover(time_ns);
    }
  }
  for (CtaRecord const& cta : trace.ctas) {
    if (trace.launches[cta.launch_id].case_id == kNoRow) continue;
    Window& window = windows[execution_of(trace.launches[cta.launch_id])];
    window.cover(cta.t_in_ns);
    window.cover(cta.t_out_ns);
  }
  for (WorkRecord const& work : trace.work) {
    if (trace.launches[work.launch_id].case_id == kNoRow) continue;
    Window& window = windows[execution_of(trace.launches[work.launch_id])];
    window.cover(work.t_begin_ns);
    window.cover(work.t_end_ns);
  }
  return windows;
}

}  // namespace

std::vector<std::int64_t> place_launches(Trace const& trace) {
  auto const windows = windows_of(trace);
  std::vector<std::pair<Window, Execution>> order;
  for (auto const& [execution, window] : windows) {
    if (window.begin_ns <= window.end_ns) order.emplace_back(window, execution);
  }
  std::stable_sort(order.begin(), order.end(), [](auto const& a, auto const& b) {
    return a.first.begin_ns < b.first.begin_ns;
  });

  std::map<Execution, std::int64_t> shift;
  std::int64_t cursor_ns = std::numeric_limits<std::int64_t>::min();
  for (auto const& [window, execution] : order) {
    std::int64_t const moved_ns =
        window.begin_ns >= cursor_ns ? 0 : cursor_ns + kGapNs - window.begin_ns;
    shift[execution] = moved_ns;
    cursor_ns = window.end_ns + moved_ns;
  }
  std::vector<std::int64_t> of_launch;
  of_launch.reserve(trace.launches.size());
  for (LaunchRecord const& launch : trace.launches) {
    auto const found = shift.find(execution_of(launch));
    of_launch.push_back(found == shift.end() ? 0 : found->second);
  }
  return of_launch;
}

}  // namespace fluxscope::traces

#include "traces/export/step_slices.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace fluxscope::traces {
namespace {

Slice slice_of(std::int64_t begin_ns, std::int64_t end_ns, std::string name) {
  Slice slice{.begin_ns = begin_ns, .end_ns = end_ns, .name = std::move(name), .annotations = {}};
  slice.annotations.add("begin_ns", begin_ns);
  slice.annotations.add("end_ns", end_ns);
  return slice;
}

Slice launch_slice(StepLaunchRecord const& launch) {
  Slice slice = slice_of(launch.start_ns, launch.end_ns, launch.op);
  slice.annotations.add("index", std::int64_t{launch.index});
  slice.annotations.add("kernel", launch.kernel);
  slice.annotations.add("counted_as", launch.counted_as);
  if (launch.m > 0) {
    slice.annotations.add("m", launch.m);
    slice.annotations.add("n", launch.n);
    slice.annotations.add("k", launch.k);
  }
  return slice;
}

using Launches = std::vector<StepLaunchRecord const*>;  // in the order of the step

/// The time from the first one's begin to the last end.
std::pair<std::int64_t, std::int64_t> span_of(Launches::const_iterator begin,
                                              Launches::const_iterator end) {
  std::pair span((*begin)->start_ns, (*begin)->end_ns);
  for (auto launch = begin; launch != end; ++launch) {
    span.first = std::min(span.first, (*launch)->start_ns);
    span.second = std::max(span.second, (*launch)->end_ns);
  }
  return span;
}

void add_step(StepRecord const& step, Launches const& launches, std::vector<Slice>& slices) {
  auto const [begin_ns, end_ns] = span_of(launches.begin(), launches.end());
  slices.push_back(slice_of(begin_ns, end_ns, step.name));
  slices.back().annotations.add("step_id", std::int64_t{step.step_id});
  slices.back().annotations.add("mode", step.mode);
  for (auto first = launches.begin(); first != launches.end();) {
    auto const last = std::find_if(first, launches.end(), [&](StepLaunchRecord const* one) {
      return one->layer != (*first)->layer;
    });
    if ((*first)->layer != kNoRow) {
      auto const [from_ns, to_ns] = span_of(first, last);
      slices.push_back(slice_of(from_ns, to_ns, "layer " + std::to_string((*first)->layer)));
    }
    for (; first != last; ++first) slices.push_back(launch_slice(**first));
  }
}

}  // namespace

std::vector<Slice> step_slices(Trace const& trace) {
  std::vector<Launches> of_step(trace.steps.size());
  for (StepLaunchRecord const& launch : trace.step_launches) {
    if (launch.start_ns == kMissingNs || launch.end_ns == kMissingNs) continue;
    of_step[launch.step_id].push_back(&launch);
  }
  std::vector<Slice> slices;
  for (StepRecord const& step : trace.steps) {
    Launches& launches = of_step[step.step_id];
    std::stable_sort(launches.begin(), launches.end(),
                     [](auto const* a, auto const* b) { return a->index < b->index; });
    if (!launches.empty()) add_step(step, launches, slices);
  }
  return slices;
}

}  // namespace fluxscope::traces

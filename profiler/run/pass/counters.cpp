#include "profiler/run/pass/counters.hpp"

#include "base/terminal/progress.hpp"
#include "profiler/cupti/counter_list.hpp"
#include "profiler/cupti/range_collector.hpp"
#include "profiler/timing/warm_up.hpp"

namespace fluxscope::profiler {
namespace {

/// Which launch each pending range measured.
struct RangeKey {
  std::uint32_t case_id = 0;
  std::uint32_t launch_index = 0;
};

void collect(RunContext& run, RangeCollector& ranges, std::vector<RangeKey>& keys) {
  if (keys.empty()) return;
  auto const values = ranges.collect();
  auto const counters = counter_list();
  CaseRows rows;
  for (std::size_t range = 0; range < keys.size(); ++range) {
    if (values[range].empty()) {
      ++run.losses.counter_ranges_dropped;
      continue;
    }
    for (std::size_t i = 0; i < counters.size(); ++i) {
      rows.counters.push_back({.case_id = keys[range].case_id,
                               .launch_index = keys[range].launch_index,
                               .name = counters[i].name,
                               .value = values[range][i],
                               .unit = counters[i].unit,
                               .passes = static_cast<std::uint32_t>(ranges.passes())});
    }
  }
  run.crosschecks.add_counters(rows.counters);
  run.writer.append(rows.batch());
  keys.clear();
}

}  // namespace

void run_counter_pass(RunContext& run, CuptiTable const& cupti, int device) {
  std::size_t const count = run.cases.records().size();
  Progress progress("profile, pass 3 (counters)", "cases", count);
  RangeCollector ranges(cupti, device, counter_list());
  std::vector<RangeKey> keys;
  for (std::size_t index = 0; index < count; ++index) {
    auto const work = run.cases.work(index);
    DeviceCase const device_case(run.layer_case(index).plan, *work, run.memory, run.device.l2_bytes,
                                 run.stream);
    if (keys.size() + device_case.launches() > RangeCollector::capacity()) {
      collect(run, ranges, keys);
    }
    if (wants_warm_up(run.cases.records()[index].time_ns)) device_case.launch_all(0, run.stream);
    FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(run.stream));
    for (std::size_t i = 0; i < device_case.launches(); ++i) {
      ranges.measure([&] {
        device_case.launch(i, 1 % device_case.copies(), kernels::ProbeLevel::off, {}, run.stream);
      });
      keys.push_back({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(i)});
    }
    progress.update(index + 1);
  }
  collect(run, ranges, keys);
}

}  // namespace fluxscope::profiler

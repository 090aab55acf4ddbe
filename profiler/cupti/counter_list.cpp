#include "profiler/cupti/counter_list.hpp"

#include <array>

namespace fluxscope::profiler {

std::span<CounterInfo const> counter_list() {
  static constexpr std::array kCounters = {
      CounterInfo{"sm__cycles_active.min", "cycle", "active cycles of the least active SM"},
      CounterInfo{"sm__cycles_active.max", "cycle", "active cycles of the most active SM"},
      CounterInfo{"sm__cycles_active.avg", "cycle", "active cycles, mean over the SMs"},
      CounterInfo{"sm__cycles_elapsed.avg", "cycle",
                  "cycles of the whole range, mean over the SMs"},
      CounterInfo{"sm__cycles_elapsed.max", "cycle", "cycles of the whole range"},
      CounterInfo{"gpu__time_duration.sum", "ns", "time of the whole range"},
      CounterInfo{"sm__ctas_launched.max", "1", "CTAs of the SM that got most"},
      CounterInfo{"sm__ctas_launched.sum", "1", "CTAs of the launch"},
      CounterInfo{"smsp__warps_issue_stalled_barrier.sum", "warp cycle",
                  "warps that waited at a CTA barrier, summed over cycles"},
      CounterInfo{"smsp__warps_active.sum", "warp cycle", "resident warps, summed over cycles"},
      CounterInfo{"dram__bytes.sum", "byte", "bytes read from and written to device memory"},
      CounterInfo{"sm__pipe_tensor_cycles_active.avg", "cycle",
                  "cycles with a busy tensor pipe, mean over the SMs"},
  };
  return kCounters;
}

}  // namespace fluxscope::profiler

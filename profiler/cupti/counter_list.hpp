#pragma once
// The hardware counters of the pass `counters`. A new counter is a new row.

#include <span>

namespace fluxscope::profiler {

struct CounterInfo {
  char const* name;  ///< as CUPTI spells it
  char const* unit;
  char const* meaning;
};

/// One pass on GA100 and GH100 (tested offline): nothing is replayed.
[[nodiscard]] std::span<CounterInfo const> counter_list();

}  // namespace fluxscope::profiler

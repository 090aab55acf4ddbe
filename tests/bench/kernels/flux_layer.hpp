#pragma once
// Times plan_gpu and the three launches of a Flux layer. Prints tables.

#include <cstdint>

#include "plan/layer/work_list.hpp"

namespace fluxscope::bench {

/// plan_gpu at 2K to 256K tokens, batch 1 and 8, by KV sections and in one; then tables of random
/// lists. Microseconds, and those of make_layer_work on the CPU.
void print_plan_times();

/// router -> plan_gpu -> attention against attention from a CPU-made table of the same gate, which
/// is 0 for all sequences or 1 for all. Microseconds and the difference.
void print_layer_times(plan::PrefillKernel kernel);

}  // namespace fluxscope::bench

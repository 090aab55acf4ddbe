// bench_flux_layer: what the gate costs, from the router to the table that acts on it.

#include <cstdio>
#include <exception>

#include "kernels/prefill_wgmma.hpp"
#include "tests/bench/flux_layer_bench.hpp"
#include "tests/bench/small_kernels_bench.hpp"

int main() {
  using namespace fluxscope;  // NOLINT: a program, not a header
  try {
    bench::print_router_times();
    bench::print_plan_times();
    bench::print_layer_times(plan::PrefillKernel::prefill_mma);
    if (kernels::have_prefill_wgmma()) {
      bench::print_layer_times(plan::PrefillKernel::prefill_wgmma);
    }
  } catch (std::exception const& error) {
    std::fprintf(stderr, "bench_flux_layer: %s\n", error.what());
    return 1;
  }
  return 0;
}

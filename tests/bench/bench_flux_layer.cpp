// bench_flux_layer: what the gate costs, from the router to the table that acts on it.

#include <string>

#include "kernels/device/wgmma_gpu.hpp"
#include "tests/bench/bench_main.hpp"
#include "tests/bench/kernels/flux_layer.hpp"
#include "tests/bench/kernels/small_kernels.hpp"

int main(int argc, char** argv) {
  using namespace fluxscope;  // NOLINT: a program, not a header
  auto const run = [](std::string const&) {
    bench::print_router_times();
    bench::print_plan_times();
    bench::print_layer_times(plan::PrefillKernel::prefill_mma);
    if (kernels::have_wgmma()) {
      bench::print_layer_times(plan::PrefillKernel::prefill_wgmma);
    }
  };
  return bench::bench_main(
      {"bench_flux_layer", "Times the router, plan_gpu and layers under Flux routing.", {}}, argc,
      argv, run);
}

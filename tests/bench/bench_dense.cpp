// bench_dense: what is no attention in a step. A line of JSON for each measurement.

#include <fmt/format.h>

#include "base/cuda/capability.hpp"
#include "tests/bench/bench_main.hpp"
#include "tests/bench/dense/gemms.hpp"
#include "tests/bench/dense/small_ops.hpp"

namespace {

void print_device() {
  cudaDeviceProp properties{};
  FLUXSCOPE_CUDA_CHECK(cudaGetDeviceProperties(&properties, fluxscope::cuda::current_device()));
  fmt::print("{{\"gpu\": \"{}\", \"l2_bytes\": {}}}\n", properties.name, properties.l2CacheSize);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace fluxscope;  // NOLINT: a program, not a header
  auto const run = [](std::string const& mode) {
    print_device();
    if (mode != "--gemms") bench::print_small_ops();
    if (mode != "--small-ops") bench::print_gemms();
  };
  return bench::bench_main({"bench_dense",
                            "Times the small operations of a step beside a device copy, and its "
                            "matrix products by cuBLASLt's heuristic and by search.",
                            {"--small-ops", "--gemms"}},
                           argc, argv, run);
}

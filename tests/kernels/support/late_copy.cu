#include "tests/kernels/support/late_copy.hpp"

#include <algorithm>

#include "base/cuda/check.hpp"
#include "base/cuda/special_registers.cuh"
#include "base/error.hpp"
#include "kernels/device/ptx.cuh"

namespace fluxscope::testing {
namespace {

constexpr int kThreads = 256;
constexpr std::uint64_t kWaitNs = 200000;

struct LateCopies {
  static constexpr std::size_t kMost = 16;
  LateCopy copies[kMost];
};

__global__ void __launch_bounds__(kThreads) late_copy_kernel(LateCopies const all) {
  kernels::ptx::let_next_grid_start();
  std::uint64_t const begin = cuda::global_timer_ns();
  while (cuda::global_timer_ns() - begin < kWaitNs) {
  }
  for (LateCopy const& copy : all.copies) {
    for (std::size_t i = threadIdx.x; i < copy.count; i += kThreads) copy.to[i] = copy.from[i];
  }
}

}  // namespace

void launch_late_copies(std::span<LateCopy const> copies, cudaStream_t stream) {
  expects(copies.size() <= LateCopies::kMost, "as many copies as fit the kernel's arguments");
  LateCopies all;
  std::copy(copies.begin(), copies.end(), all.copies);
  late_copy_kernel<<<1, kThreads, 0, stream>>>(all);
  FLUXSCOPE_CUDA_CHECK(cudaGetLastError());
}

}  // namespace fluxscope::testing

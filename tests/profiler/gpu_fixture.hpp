#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "base/cuda/buffer.hpp"
#include "base/cuda/capability.hpp"
#include "profiler/cupti/library.hpp"
#include "profiler/probe/decode.hpp"
#include "tests/profiler/delay_kernel.hpp"

namespace fluxscope::profiler {

/// Skips where there is no GPU. SM count, shared memory, and probed runs of the delay kernel.
class GpuTest : public ::testing::Test {
 protected:
  void SetUp() override {
    DriverState const driver = find_driver(system_libraries());
    if (!driver.usable) GTEST_SKIP() << driver.reason;
    sm_count_ = cuda::sm_count();
    smem_bytes_ = cuda::device_attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin);
  }

  /// One CTA per SM: each takes all of the shared memory. Uploads the delays of the next launch.
  void set_delays(std::vector<std::uint64_t> const& delays_ns) {
    ctas_ = static_cast<int>(delays_ns.size());
    delays_.reserve(delays_ns.size());
    FLUXSCOPE_CUDA_CHECK(cudaMemcpy(delays_.data(), delays_ns.data(),
                                    delays_ns.size() * sizeof(std::uint64_t),
                                    cudaMemcpyHostToDevice));
  }
  void launch(kernels::ProbeBuffers const& probe = {}) {
    launch_delays(delays_.data(), ctas_, smem_bytes_, probe, nullptr);
  }

  LaunchTimeline probed_run() {
    auto const ctas = static_cast<std::size_t>(ctas_);
    DeviceBuffer<kernels::WarpRecord> warps(ctas * kDelayWarps);
    DeviceBuffer<kernels::TileRecord> tiles(ctas);
    FLUXSCOPE_CUDA_CHECK(
        cudaMemset(warps.data(), 0, ctas * kDelayWarps * sizeof(kernels::WarpRecord)));
    FLUXSCOPE_CUDA_CHECK(cudaMemset(tiles.data(), 0, ctas * sizeof(kernels::TileRecord)));
    ClockCalibration const clocks = calibrate_clocks(sm_count_, nullptr);
    TimerFacts const timers = measure_timers(nullptr);
    launch();  // loads the code
    launch({warps.data(), tiles.data(), static_cast<std::uint32_t>(ctas * kDelayWarps),
            static_cast<std::uint32_t>(ctas)});
    std::vector<kernels::WarpRecord> host_warps(ctas * kDelayWarps);
    std::vector<kernels::TileRecord> host_tiles(ctas);
    FLUXSCOPE_CUDA_CHECK(cudaMemcpy(host_warps.data(), warps.data(),
                                    host_warps.size() * sizeof(kernels::WarpRecord),
                                    cudaMemcpyDeviceToHost));
    FLUXSCOPE_CUDA_CHECK(cudaMemcpy(host_tiles.data(), tiles.data(),
                                    host_tiles.size() * sizeof(kernels::TileRecord),
                                    cudaMemcpyDeviceToHost));
    std::vector<plan::Tile> const plan_tiles(ctas, plan::Tile{.kv_count = 1});
    return decode_probe({.grid_ctas = static_cast<std::uint32_t>(ctas_),
                         .warps_per_cta = kDelayWarps,
                         .warps = host_warps,
                         .tiles = host_tiles,
                         .plan_tiles = plan_tiles},
                        clocks, timers.globaltimer_tick_ns);
  }

  int sm_count_ = 0;
  int smem_bytes_ = 0;
  int ctas_ = 0;
  DeviceBuffer<std::uint64_t> delays_;
};

}  // namespace fluxscope::profiler

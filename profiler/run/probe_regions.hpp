#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "profiler/device/case.hpp"
#include "profiler/device/case_memory.hpp"

namespace fluxscope::profiler {

/// Each launch's part of the probe buffers.
class ProbeRegions {
 public:
  /// Grows memory.probe_warps and probe_tiles to hold all launches of the case at once.
  ProbeRegions(DeviceCase const& device_case, CaseMemory& memory);

  void clear(cudaStream_t stream) const;
  /// Enqueues all launches with the probe at L0.
  void launch_all(DeviceCase const& device_case, DeviceCase::Place place,
                  cudaStream_t stream) const;
  [[nodiscard]] std::uint32_t warps_per_cta(std::size_t launch) const {
    return regions_[launch].warps_per_cta;
  }

  /// What the device wrote: [all launches' warps] and [all launches' tiles].
  struct HostRecords {
    std::vector<kernels::WarpRecord> warps;
    std::vector<kernels::TileRecord> tiles;
  };
  [[nodiscard]] HostRecords read(cudaStream_t stream) const;
  [[nodiscard]] std::span<kernels::WarpRecord const> warps_of(HostRecords const& records,
                                                              std::size_t launch) const;
  [[nodiscard]] std::span<kernels::TileRecord const> tiles_of(HostRecords const& records,
                                                              std::size_t launch) const;

 private:
  struct Region {
    std::size_t first_warp = 0;
    std::size_t warps = 0;
    std::size_t first_tile = 0;
    std::size_t tiles = 0;
    std::uint32_t warps_per_cta = 0;
  };
  CaseMemory& memory_;
  std::vector<Region> regions_;
  std::size_t warps_ = 0;
  std::size_t tiles_ = 0;
};

}  // namespace fluxscope::profiler

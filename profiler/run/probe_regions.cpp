#include "profiler/run/probe_regions.hpp"

#include "base/cuda/check.hpp"

namespace fluxscope::profiler {

ProbeRegions::ProbeRegions(DeviceCase const& device_case, CaseMemory& memory) : memory_(memory) {
  for (std::size_t i = 0; i < device_case.launches(); ++i) {
    plan::WorkList const& list = device_case.list(i);
    auto const warps_per_cta = static_cast<std::uint32_t>(
        device_case.facts(i, kernels::ProbeLevel::l0).threads_per_cta / 32);
    Region const region{.first_warp = warps_,
                        .warps = static_cast<std::size_t>(list.grid_ctas) * warps_per_cta,
                        .first_tile = tiles_,
                        .tiles = list.tiles.size(),
                        .warps_per_cta = warps_per_cta};
    warps_ += region.warps;
    tiles_ += region.tiles;
    regions_.push_back(region);
  }
  memory_.probe_warps.reserve(warps_);
  memory_.probe_tiles.reserve(tiles_);
}

void ProbeRegions::clear(cudaStream_t stream) const {
  FLUXSCOPE_CUDA_CHECK(
      cudaMemsetAsync(memory_.probe_warps.data(), 0, warps_ * sizeof(kernels::WarpRecord), stream));
  FLUXSCOPE_CUDA_CHECK(
      cudaMemsetAsync(memory_.probe_tiles.data(), 0, tiles_ * sizeof(kernels::TileRecord), stream));
}

void ProbeRegions::launch_all(DeviceCase const& device_case, DeviceCase::Place place,
                              cudaStream_t stream) const {
  for (std::size_t i = 0; i < regions_.size(); ++i) {
    Region const& region = regions_[i];
    kernels::ProbeBuffers const buffers{.warps = memory_.probe_warps.data() + region.first_warp,
                                        .tiles = memory_.probe_tiles.data() + region.first_tile,
                                        .warp_capacity = static_cast<std::uint32_t>(region.warps),
                                        .tile_capacity = static_cast<std::uint32_t>(region.tiles)};
    device_case.launch(i, place, kernels::ProbeLevel::l0, buffers, stream);
  }
}

ProbeRegions::HostRecords ProbeRegions::read(cudaStream_t stream) const {
  HostRecords records{std::vector<kernels::WarpRecord>(warps_),
                      std::vector<kernels::TileRecord>(tiles_)};
  FLUXSCOPE_CUDA_CHECK(cudaMemcpyAsync(records.warps.data(), memory_.probe_warps.data(),
                                       warps_ * sizeof(kernels::WarpRecord), cudaMemcpyDeviceToHost,
                                       stream));
  FLUXSCOPE_CUDA_CHECK(cudaMemcpyAsync(records.tiles.data(), memory_.probe_tiles.data(),
                                       tiles_ * sizeof(kernels::TileRecord), cudaMemcpyDeviceToHost,
                                       stream));
  FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(stream));
  return records;
}

std::span<kernels::WarpRecord const> ProbeRegions::warps_of(HostRecords const& records,
                                                            std::size_t launch) const {
  return std::span(records.warps).subspan(regions_[launch].first_warp, regions_[launch].warps);
}

std::span<kernels::TileRecord const> ProbeRegions::tiles_of(HostRecords const& records,
                                                            std::size_t launch) const {
  return std::span(records.tiles).subspan(regions_[launch].first_tile, regions_[launch].tiles);
}

}  // namespace fluxscope::profiler

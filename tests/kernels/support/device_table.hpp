#pragma once
// Device copies of what attention launches read.

#include <cuda_bf16.h>

#include <algorithm>
#include <vector>

#include "kernels/attention/params.hpp"
#include "plan/layer/work_list.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::testing {

[[nodiscard]] inline std::vector<__nv_bfloat16> to_bf16(std::vector<float> const& values) {
  std::vector<__nv_bfloat16> out(values.size());
  std::transform(values.begin(), values.end(), out.begin(),
                 [](float x) { return __float2bfloat16(x); });
  return out;
}

/// A table of work items on the host, and how CTAs share it.
template <class Tile>
struct HostTable {
  std::vector<Tile> tiles;
  std::vector<std::uint32_t> block_list;
  std::vector<std::int32_t> cta_begin;
  bool queue = false;
  std::int32_t grid_ctas = 0;
};

/// Its device copy.
template <class Tile>
class DeviceTableOf {
 public:
  explicit DeviceTableOf(HostTable<Tile> const& host)
      : tiles_(host.tiles),
        block_list_(host.block_list),
        cta_begin_(host.cta_begin),
        queue_(std::vector<std::uint32_t>(1, 0u)),
        table_{.tiles = tiles_.get(),
               .block_list = block_list_.get(),
               .cta_begin = cta_begin_.get(),
               .queue = host.queue ? queue_.get() : nullptr,
               .tile_count = static_cast<std::int32_t>(host.tiles.size()),
               .grid_ctas = host.grid_ctas} {}

  [[nodiscard]] kernels::TileTableOf<Tile> const& table() const { return table_; }
  /// The counter of a persistent launch; waits for the device. 0 before and after each launch.
  [[nodiscard]] std::uint32_t queue() const { return queue_.download()[0]; }

 private:
  DeviceArray<Tile> tiles_;
  DeviceArray<std::uint32_t> block_list_;
  DeviceArray<std::int32_t> cta_begin_;
  DeviceArray<std::uint32_t> queue_;
  kernels::TileTableOf<Tile> table_;
};

/// The device copy of a WorkList.
class DeviceTable : public DeviceTableOf<plan::Tile> {
 public:
  explicit DeviceTable(plan::WorkList const& list)
      : DeviceTableOf({.tiles = list.tiles,
                       .block_list = list.block_list,
                       .cta_begin = list.cta_begin,
                       .queue = list.scheduler == plan::Scheduler::persistent,
                       .grid_ctas = list.grid_ctas}) {}
};

}  // namespace fluxscope::testing

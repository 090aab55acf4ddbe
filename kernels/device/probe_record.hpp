#pragma once
// What the in-kernel probe writes and the host decodes. Plain data without device code.

#include <cstdint>

namespace fluxscope::kernels {

enum class ProbeLevel : std::uint8_t {
  off = 0,  ///< no code at all: the SASS equals that of a kernel without probes
  l0 = 1,   ///< lifetimes of CTAs and warps, SM ids, and one record per tile
};

/// Lifetime of one warp. Row = cta * warps_per_cta + warp. All zero: the warp never ran.
struct WarpRecord {
  std::uint64_t in_globaltimer_ns = 0;
  std::uint64_t in_clock_cyc = 0;
  std::uint64_t out_globaltimer_ns = 0;
  std::uint64_t out_clock_cyc = 0;
  std::uint32_t sm = 0;
  std::uint32_t tiles_attempted = 0;  ///< tile records this warp tried to write
  std::uint32_t tiles_written = 0;    ///< dropped = attempted - written, exactly
  std::uint32_t reserved = 0;
};
static_assert(sizeof(WarpRecord) == 48);

/// One tile's execution, written by the first warp of its CTA. Row = tile index in the WorkList.
struct TileRecord {
  std::uint64_t begin_clock_cyc = 0;
  std::uint64_t end_clock_cyc = 0;
  std::uint32_t cta = 0;
  std::uint32_t sm = 0;
};
static_assert(sizeof(TileRecord) == 24);

/// Device buffers of one probed launch. The kernel checks both capacities.
struct ProbeBuffers {
  WarpRecord* warps = nullptr;  // [warp_capacity]
  TileRecord* tiles = nullptr;  // [tile_capacity]
  std::uint32_t warp_capacity = 0;
  std::uint32_t tile_capacity = 0;
};

}  // namespace fluxscope::kernels

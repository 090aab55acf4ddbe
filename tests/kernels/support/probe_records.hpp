#pragma once
// What the probe of an attention kernel must have written.

#include "tests/kernels/attention/launch.hpp"

namespace fluxscope::testing {

/// For a run whose buffers held everything: a record of each tile, within the time of its CTA's
/// first warp, which counts the CTA's tiles; every warp has a time.
void expect_all_recorded(AttentionResult const& probed, std::uint32_t warps_per_cta);

/// Over all warps.
struct TileCounts {
  std::uint32_t attempted = 0;
  std::uint32_t written = 0;
};
[[nodiscard]] TileCounts tile_counts(AttentionResult const& probed);

}  // namespace fluxscope::testing

#include "tests/kernels/support/probe_records.hpp"

#include <gtest/gtest.h>

namespace fluxscope::testing {

void expect_all_recorded(AttentionResult const& probed, std::uint32_t warps_per_cta) {
  for (kernels::TileRecord const& record : probed.tiles) {
    auto const& warp = probed.warps.at(record.cta * warps_per_cta);
    EXPECT_EQ(record.sm, warp.sm);
    EXPECT_LE(warp.in_clock_cyc, record.begin_clock_cyc);
    EXPECT_LT(record.begin_clock_cyc, record.end_clock_cyc);
    EXPECT_LE(record.end_clock_cyc, warp.out_clock_cyc);
  }
  for (std::size_t row = 0; row < probed.warps.size(); ++row) {
    auto const& warp = probed.warps[row];
    EXPECT_LT(warp.in_clock_cyc, warp.out_clock_cyc);
    EXPECT_GT(warp.in_globaltimer_ns, 0u);
    EXPECT_EQ(warp.tiles_attempted, warp.tiles_written);
    EXPECT_TRUE(row % warps_per_cta == 0 || warp.tiles_attempted == 0u);
  }
  EXPECT_EQ(tile_counts(probed).attempted, probed.tiles.size());
}

TileCounts tile_counts(AttentionResult const& probed) {
  TileCounts counts;
  for (kernels::WarpRecord const& warp : probed.warps) {
    counts.attempted += warp.tiles_attempted;
    counts.written += warp.tiles_written;
  }
  return counts;
}

}  // namespace fluxscope::testing

#include "runs/launch/only_tiles.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace fluxscope::runs {
namespace {

// A CTA may have no row (its records were lost), so rows are found by CtaRecord::cta.
TEST(OnlyTiles, ACtaOfOneTileNamesItAndOthersNone) {
  std::vector<traces::CtaRecord> ctas = {{.cta = 0, .tile = 77}, {.cta = 2}, {.cta = 3}};
  std::vector<CtaTile> const tiles = {{3, 0}, {0, 1}, {1, 2}, {0, 3}};

  set_only_tiles(ctas, tiles);

  EXPECT_EQ(ctas[0].tile, traces::kNoRow) << "ran two";
  EXPECT_EQ(ctas[1].tile, traces::kNoRow) << "ran none";
  EXPECT_EQ(ctas[2].tile, 0u);
}

}  // namespace
}  // namespace fluxscope::runs

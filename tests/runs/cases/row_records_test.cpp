#include "runs/cases/row_records.hpp"

#include <gtest/gtest.h>

namespace fluxscope::runs {
namespace {

TEST(RowRecords, EveryLayerOfARowPointsAtItsCase) {
  plan::Experiment experiment;
  experiment.rows = {{.row_id = 0,
                      .policy = "full",
                      .level = "full",
                      .phase = plan::Phase::decode,
                      .chunks = 2,
                      .layer_cases = {1, 0, 1, 2, 0, 2}}};

  experiment.rows[0].tied_kv_heads = 5;
  experiment.rows[0].tie_seed = 3;
  experiment.rows[0].kv_tokens = 77;

  auto const layers = row_layer_records(experiment);

  ASSERT_EQ(layers.size(), 6u);
  EXPECT_EQ(layers[3].layer, 0u);
  EXPECT_EQ(layers[3].case_id, 2u);
  EXPECT_EQ(layers[1].layer, 1u);
  EXPECT_EQ(layers[1].case_id, 0u);
  EXPECT_EQ(row_records(experiment).at(0).policy, "full");
  EXPECT_EQ(row_records(experiment).at(0).phase, "decode");
  EXPECT_EQ(row_records(experiment).at(0).tied_kv_heads, 5);
  EXPECT_EQ(row_records(experiment).at(0).tie_seed, 3u);
  EXPECT_EQ(row_records(experiment).at(0).kv_tokens, 77);
}

}  // namespace
}  // namespace fluxscope::runs

#include "runs/cases/model_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace fluxscope::runs {
namespace {

using ::testing::HasSubstr;

// Two rows of three layers: 3 x 30 GB, and 30 + 2 x 5 GB.
class ModelMemory : public ::testing::Test {
 protected:
  std::string note(std::int64_t memory_bytes) const {
    return model_memory_note(rows_, layers_, cases_, memory_bytes);
  }

  std::vector<traces::CaseRecord> cases_ = {{.case_id = 0, .kv_bytes_held = 30'000'000'000},
                                            {.case_id = 1, .kv_bytes_held = 5'000'000'000}};
  std::vector<traces::RowRecord> rows_ = {
      {.row_id = 0, .policy = "full", .batch = 8, .kv_len = 131072},
      {.row_id = 1, .policy = "flux", .batch = 8, .kv_len = 131072}};
  std::vector<traces::RowLayerRecord> layers_ = {{0, 0, 0}, {0, 1, 0}, {0, 2, 0},
                                                 {1, 0, 0}, {1, 1, 1}, {1, 2, 1}};
};

TEST_F(ModelMemory, RowsBeyondTheMemoryAreCountedAndTheLargestNamed) {
  EXPECT_THAT(note(80'000'000'000), HasSubstr("in 1 of 2 rows"));
  EXPECT_THAT(note(80'000'000'000), HasSubstr("the GPU's 80.0 GB"));
  EXPECT_THAT(note(80'000'000'000), HasSubstr("up to 90.0 GB: full, batch 8, kv_len 131072"));
  EXPECT_THAT(note(39'999'999'999), HasSubstr("in 2 of 2 rows"));
}

TEST_F(ModelMemory, WhereAllFitsOrNothingIsKnownThereIsNoNote) {
  EXPECT_EQ(note(90'000'000'000), "");
  EXPECT_EQ(note(0), "");
  EXPECT_EQ(model_memory_note({}, {}, cases_, 1), "");
}

}  // namespace
}  // namespace fluxscope::runs

#include "plan/layer/size.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/refusal.hpp"

namespace fluxscope::plan {
namespace {

using fluxscope::testing::refusal;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr AttentionShape kLlama{.q_heads = 32, .kv_heads = 8, .head_dim = 128};
constexpr std::int64_t kMi = 1 << 20;

BatchSize batch(Phase phase, std::int64_t requests, std::int64_t kv_len) {
  return {.phase = phase,
          .shape = kLlama,
          .requests = requests,
          .q_len = phase == Phase::prefill ? kv_len : 1,
          .kv_len = kv_len};
}

TEST(BatchSize, CountsRowsAndBlocks) {
  // 1,000 tokens are 8 blocks of 128.
  EXPECT_EQ(tile_rows(batch(Phase::prefill, 2, 1000)), 2 * 32 * 8);
  EXPECT_EQ(tile_rows(batch(Phase::decode, 2, 1000)), 2 * 8);
  EXPECT_EQ(kv_blocks(batch(Phase::decode, 2, 1000)), 2 * 8 * 8);
}

std::string problem(BatchSize const& size, std::int64_t layers = 32) {
  return refusal([&] { expect_plannable(size, layers, "a.toml:7"); });
}

TEST(BatchSize, TheLongestContextOfThePlannerIsPlannable) {
  EXPECT_EQ(problem(batch(Phase::prefill, 1, 8 * kMi)), "accepted");
  EXPECT_EQ(problem(batch(Phase::decode, 1024, kMi)), "accepted");
}

TEST(BatchSize, WhatIsTooLargeIsNamedWithWhatItTakes) {
  // 1,024 x 8 heads x 65,536 blocks = 2^29 of 64 KiB (2 x 128 x 128 x 2 bytes): 35.2 TB.
  EXPECT_THAT(problem(batch(Phase::decode, 1024, 8 * kMi)),
              AllOf(StartsWith("a.toml:7: a batch of 1024 with 8388608 tokens has 536870912 K/V"),
                    HasSubstr("35.2 TB"), HasSubstr("at most 134217728"), HasSubstr("lower")));
  // 128 x 32 heads x 16,384 blocks = 2^26 rows.
  EXPECT_THAT(problem(batch(Phase::prefill, 128, 2 * kMi)),
              AllOf(HasSubstr("67108864 rows of tiles"), HasSubstr("at most 33554432")));
  // 1,024 x 32 heads x 4,096 layers = 2^27 selections.
  EXPECT_THAT(problem(batch(Phase::decode, 1024, 128), 4096),
              AllOf(HasSubstr("134217728 selections"), HasSubstr("at most 67108864")));
}

}  // namespace
}  // namespace fluxscope::plan

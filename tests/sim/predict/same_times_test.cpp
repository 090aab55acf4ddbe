#include "sim/predict/same_times.hpp"

#include <gmock/gmock.h>

#include "base/random.hpp"
#include "sim/calibrate/fit.hpp"
#include "sim/predict/predict_cases.hpp"
#include "sim/times/cases.hpp"
#include "tests/refusal.hpp"
#include "tests/sim/profiles.hpp"

namespace fluxscope::sim {
namespace {

using plan::LaunchOp;
using testing::h200_like;

CaseRow random_row(Random& random) {
  auto const below = [&](std::uint64_t limit) {
    return static_cast<std::int32_t>(random.below(limit));
  };
  CaseRow row;
  row.phase = random.below(2) == 0 ? plan::Phase::prefill : plan::Phase::decode;
  row.batch = 1 + below(3);
  row.kv_len = 1 + below(6000);
  row.q_len =
      row.phase == plan::Phase::decode ? 1 : 1 + below(static_cast<std::uint64_t>(row.kv_len));
  row.shape = {.q_heads = 8, .kv_heads = 4, .head_dim = 128};
  row.sparse = {.kind = plan::SelectionKind::streaming,
                .sink_tokens = below(400),
                .local_tokens = 1 + below(1500)};
  if (random.below(4) == 0) {
    row.sparse.kind = plan::SelectionKind::triangle;
    row.sparse.last_tokens = 1 + below(500);
  }
  for (int head = 0; head < 4; ++head) row.full_heads.push_back(random.below(2) == 0 ? 1 : 0);
  row.execution = static_cast<plan::Execution>(1 + below(5));
  row.scheduler = static_cast<plan::Scheduler>(below(4));
  return row;
}

TEST(SameTimes, LengthsThatCoverAsManyBlocksTakeTheSameTime) {
  auto const profile = h200_like();
  Random random(7);
  int rounded = 0;
  for (int i = 0; i < 400; ++i) {
    CaseRow const row = random_row(random);
    CaseRow const whole = in_whole_blocks(row, profile.slots());
    rounded += whole == row ? 0 : 1;
    auto const a = predict_case(row, profile);
    auto const b = predict_case(whole, profile);
    ASSERT_EQ(a.time_ps, b.time_ps) << i;
    ASSERT_EQ(a.tail_area_ratio, b.tail_area_ratio) << i;
    ASSERT_EQ(a.balance_saving_us, b.balance_saving_us) << i;
  }
  EXPECT_GE(rounded, 200);
}

/// vLLM's operator on an H200, with times that no table has.
DeviceProfile vllm_like() {
  DeviceProfile profile =
      foreign_profile(h200_like().spec, *plan::decomposition_named("vllm_flash2"),
                      {plan::Phase::prefill, plan::Phase::decode});
  profile.launch_ns = 5000;
  profile.kernel(LaunchOp::prefill).cost = {
      .tile_ns = 900, .block_ns = 1700, .shared_block_ns = 1200};
  profile.kernel(LaunchOp::decode).cost = {
      .tile_ns = 2000, .split_ns = 300, .block_ns = 1500, .shared_block_ns = 16};
  profile.kernel(LaunchOp::combine).cost = {.tile_ns = 1500, .block_ns = 40};
  profile.kernel(LaunchOp::gather_kv).cost = {.tile_ns = 800, .block_ns = 30};
  return profile;
}

CaseRow random_foreign_row(Random& random) {
  CaseRow row = random_row(random);
  bool const full = random.below(2) == 0;
  row.sparse = full ? plan::Selection{}
                    : plan::Selection{.kind = plan::SelectionKind::streaming,
                                      .local_tokens = row.sparse.local_tokens};
  row.full_heads.assign(4, full ? 1 : 0);
  row.execution = plan::Execution::layer_uniform;
  row.scheduler = plan::Scheduler::natural;
  return row;
}

/// The second way is that of a fit's cases: the plan without a row of a table of cases.
TEST(SameTimes, KernelsOfOthersTakeWhatTheirFitsCasesTake) {
  auto const profile = vllm_like();
  Random random(11);
  int rounded = 0;
  for (int i = 0; i < 200; ++i) {
    CaseRow const row = random_foreign_row(random);
    CaseRow const whole = in_whole_blocks(row, profile.slots());
    rounded += whole == row ? 0 : 1;
    bool const windowed = row.sparse.kind != plan::SelectionKind::full;
    auto const measured = times_case({.phase = row.phase,
                                      .batch = row.batch,
                                      .q_len = row.q_len,
                                      .kv_len = row.kv_len,
                                      .shape = row.shape,
                                      .window_tokens = windowed ? row.sparse.local_tokens : 0},
                                     profile);
    auto const prediction = predict_case(whole, profile);
    ASSERT_EQ(static_cast<double>(prediction.time_ps) / 1e3, predict_ns(measured, profile)) << i;
    ASSERT_GE(prediction.tail_area_ratio, 0) << i;
    ASSERT_LT(prediction.tail_area_ratio, 1) << i;
  }
  EXPECT_GE(rounded, 30);
}

TEST(SameTimes, WhatKernelsOfOthersDoNotHaveIsRefusedByName) {
  Random random(11);
  CaseRow row = random_foreign_row(random);
  row.scheduler = plan::Scheduler::persistent;
  EXPECT_THAT(fluxscope::testing::refusal([&] { (void)predict_case(row, vllm_like()); }),
              ::testing::HasSubstr("decomposition vllm_flash2 has no scheduler but natural"));
}

}  // namespace
}  // namespace fluxscope::sim

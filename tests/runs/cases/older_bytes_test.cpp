// What an upgrade makes of older traces' selected bytes is what today's planner counts.

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "plan/layer/names.hpp"
#include "runs/cases/record.hpp"
#include "traces/file/upgrade.hpp"

namespace fluxscope::runs {
namespace {

std::int32_t between(Random& random, std::int32_t low, std::int32_t high) {
  return low + static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

plan::Case random_prefill(Random& random) {
  plan::Case one{.name = "case"};
  bool const triangle = random.below(2) == 0;
  one.sparse = {.kind = triangle ? plan::SelectionKind::triangle : plan::SelectionKind::streaming,
                .sink_tokens = between(random, 0, 400),
                .local_tokens = between(random, 1, 900),
                .last_tokens = triangle ? between(random, 0, 200) : 0};
  one.sparse_kind = plan::to_text(one.sparse.kind);
  std::int32_t const kv_heads = between(random, 1, 4);
  std::int32_t const full = between(random, 0, kv_heads);
  std::int32_t const kv_len = between(random, 1, 4000);
  std::int32_t const q_len = random.below(2) == 0 ? kv_len : between(random, 1, kv_len);
  one.plan = {.phase = plan::Phase::prefill,
              .shape = {.q_heads = 2 * kv_heads, .kv_heads = kv_heads, .head_dim = 64},
              .execution = plan::Execution::fused};
  for (std::int32_t request = between(random, 1, 3); request > 0; --request) {
    one.plan.sequences.push_back({q_len, kv_len});
    one.full_kv_heads += full;
    for (std::int32_t head = 0; head < 2 * kv_heads; ++head) {
      one.plan.selections.push_back(head / 2 < full ? plan::Selection{} : one.sparse);
    }
  }
  return one;
}

TEST(OlderBytes, OfPrefillBecomeThoseOfTheDistinctBlocks) {
  Random random(31);
  for (int round = 0; round < 300; ++round) {
    auto const one = random_prefill(random);
    auto const record = case_record(one, plan::make_layer_work(one.plan, {.sm_count = 4}));
    traces::Trace trace;
    trace.cases = {record};
    trace.cases[0].kv_bytes_selected =
        record.selected_blocks * plan::kv_block_bytes(one.plan.shape);

    traces::upgrade(trace, 0);

    EXPECT_EQ(trace.cases[0].kv_bytes_selected, record.kv_bytes_selected)
        << round << " q " << record.q_len << " kv " << record.kv_len << " " << record.sparse_kind;
  }
}

TEST(OlderBytes, OfDecodeAndOfAbsurdSizesStay) {
  traces::Trace trace;
  trace.cases = {
      {.phase = "decode", .kv_bytes_selected = 7},
      {.phase = "prefill", .sparse_kind = "streaming", .batch = -1, .kv_bytes_selected = 7},
      {.phase = "prefill", .sparse_kind = "blocks", .kv_bytes_selected = 7}};

  traces::upgrade(trace, 0);

  for (auto const& one : trace.cases) EXPECT_EQ(one.kv_bytes_selected, 7);
}

}  // namespace
}  // namespace fluxscope::runs

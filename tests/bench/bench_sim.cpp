// Speed of the simulator: tiles per second of each method, what-if points per second.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "base/random.hpp"
#include "sim/device/layer_times.hpp"
#include "sim/predict/predict_cases.hpp"
#include "sim/sweep/sweep.hpp"
#include "sim/sweep/what_if.hpp"
#include "tests/sim/experiments.hpp"
#include "tests/sim/profiles.hpp"
#include "tests/sim/work_lists.hpp"

namespace fluxscope::sim {
namespace {

using testing::h200_like;

void run_launch(benchmark::State& state, plan::WorkList const& list, LaunchModel const& model,
                Method method) {
  for (auto unused : state) {
    benchmark::DoNotOptimize(simulate_launch_by(method, list, model, Detail::makespan).makespan_ps);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(list.tiles.size()));
}

/// Tiles of random length on 264 slots, no sharing.
void BM_ListTiles(benchmark::State& state) {
  auto const list =
      testing::work_list(testing::random_blocks(1, static_cast<std::size_t>(state.range(0)), 1024));
  run_launch(state, list, testing::model(132, 2, {.tile_ns = 1500, .block_ns = 4600}),
             Method::list);
}
BENCHMARK(BM_ListTiles)->Arg(4096)->Arg(32768)->Arg(1 << 20);

void BM_EqualTiles(benchmark::State& state) {
  auto const list = testing::work_list(std::vector<std::int32_t>(32768, 17));
  run_launch(state, list, testing::model(132, 2, {.tile_ns = 1500, .block_ns = 4600}),
             Method::equal_tiles);
}
BENCHMARK(BM_EqualTiles);

/// Two CTAs share each SM.
void BM_SmSharingTiles(benchmark::State& state) {
  auto const list = testing::work_list(testing::random_blocks(1, 32768, 1024));
  run_launch(state, list, h200_like().launch_model(plan::LaunchOp::prefill, 128),
             Method::shared_rates);
}
BENCHMARK(BM_SmSharingTiles);

/// 264 CTAs share the memory.
void BM_MemorySharingTiles(benchmark::State& state) {
  auto const list = testing::work_list(testing::random_blocks(1, 32768, 64));
  run_launch(state, list, h200_like().launch_model(plan::LaunchOp::decode, 128),
             Method::shared_rates);
}
BENCHMARK(BM_MemorySharingTiles);

/// One decode layer from its plan to its time: nothing is remembered.
void BM_DecodeLayer(benchmark::State& state) {
  auto const profile = h200_like();
  auto const one =
      testing::layer_case(plan::Phase::decode, static_cast<std::int32_t>(state.range(0)), 131072, 4,
                          plan::Execution::balanced, plan::Scheduler::natural);
  for (auto unused : state) {
    auto const work = plan::make_layer_work(one.plan, profile.slots());
    benchmark::DoNotOptimize(simulate_layer(work, profile, 128, Detail::makespan).time_ps);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_DecodeLayer)->Arg(1)->Arg(8);

/// Rows as a serving study has them, no two alike: four of five are decode with 512 to 128K tokens
/// and 1 to 64 requests, the others prefill of 256 to 32K tokens, whole or in chunks; three head
/// shapes, full, sparse and mixed heads.
std::vector<CaseRow> mixed_rows(std::size_t count) {
  Random random(1);
  auto const between = [&](std::int32_t low, std::int32_t high) {
    return low +
           static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(high - low) + 1));
  };
  std::vector<CaseRow> rows(count);
  for (CaseRow& row : rows) {
    bool const decode = between(0, 4) != 0;
    row.phase = decode ? plan::Phase::decode : plan::Phase::prefill;
    // Evenly over the powers of two.
    std::int32_t const scale = 1 << (decode ? between(9, 16) : between(8, 14));
    row.kv_len = between(scale, 2 * scale);
    row.batch = 1 << between(0, decode ? 6 : 2);
    while (row.batch > 1 && row.batch * std::int64_t{row.kv_len} > (1 << 21)) row.batch /= 2;
    bool const chunk = !decode && between(0, 2) == 0;
    row.q_len = decode ? 1 : chunk ? std::min(row.kv_len, 512 << between(0, 3)) : row.kv_len;
    row.shape = {.q_heads = 32 << between(0, 1), .kv_heads = 4 << between(0, 1), .head_dim = 128};
    row.sparse = {.kind = plan::SelectionKind::streaming,
                  .sink_tokens = 128,
                  .local_tokens = 1024 << between(0, 2)};
    row.full_heads.assign(static_cast<std::size_t>(row.shape.kv_heads), 0);
    std::int32_t const kind = between(0, 9);  // 3 full, 2 sparse, 5 mixed
    std::int32_t const heads = row.shape.kv_heads;
    std::int32_t const full = kind < 3 ? heads : kind < 5 ? 0 : between(1, heads - 1);
    std::fill_n(row.full_heads.begin(), full, std::uint8_t{1});
    constexpr plan::Execution kMixed[] = {plan::Execution::fused, plan::Execution::balanced,
                                          plan::Execution::two_pool};
    if (kind >= 5) row.execution = kMixed[between(0, 2)];
    row.scheduler = static_cast<plan::Scheduler>(between(0, 2));
  }
  return rows;
}

/// From the row to its time, tail and saving: nothing is remembered, nothing read or written.
void BM_PredictRows(benchmark::State& state) {
  auto const profile = h200_like();
  auto const rows = mixed_rows(4096);
  for (auto unused : state) {
    for (CaseRow const& row : rows) {
      benchmark::DoNotOptimize(predict_case(row, profile).time_ps);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows.size()));
}
BENCHMARK(BM_PredictRows);

/// What-if points (a gate draw over 32 layers, summed) where the distinct layers are known.
void BM_WhatIfPoints(benchmark::State& state) {
  SweepConfig config;
  config.model = {.name = "llama-3.1-8b",
                  .layers = 32,
                  .attention = {.q_heads = 32, .kv_heads = 8, .head_dim = 128}};
  config.gpus = {h200_like()};
  config.phases = {plan::Phase::decode};
  config.kv_lens = {8192, 32768, 131072};
  config.decode_batches = {1, 8};
  for (int i = 0; i <= 20; ++i) config.msr_ratios.push_back(i / 20.0);
  config.policies = {"flux", "head_dynamic"};
  config.executions = {plan::Execution::fused, plan::Execution::balanced};
  config.schedulers = {plan::Scheduler::natural};
  for (int i = 0; i < 50; ++i) config.seeds.push_back(i);
  config.sparse = {
      .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};
  auto const points = enumerate_points(config);
  WhatIf what_if(config);
  what_if.prepare(points);
  for (auto unused : state) {
    what_if.prepare(points);
    for (SweepPoint const& point : points) {
      benchmark::DoNotOptimize(what_if.result(point).time_ps);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(points.size()));
}
BENCHMARK(BM_WhatIfPoints);

}  // namespace
}  // namespace fluxscope::sim

BENCHMARK_MAIN();

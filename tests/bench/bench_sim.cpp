// Speed of the simulator: tiles per second of each method, what-if points per second.

#include <benchmark/benchmark.h>

#include "sim/device/layer_times.hpp"
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

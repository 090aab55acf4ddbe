#include "plan/experiment/case_table.hpp"

#include <gtest/gtest.h>

#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {
namespace {

constexpr Selection kSparse{
    .kind = SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 256};
constexpr Selection kTriangle{
    .kind = SelectionKind::triangle, .sink_tokens = 128, .local_tokens = 256, .last_tokens = 128};

/// Two requests of two KV heads; `full` has a letter per (request, head): F full, s sparse.
LayerPlan layer(std::string const& full, Execution execution, Selection const& sparse = kSparse) {
  LayerPlan plan{.phase = Phase::decode,
                 .shape = {.q_heads = 4, .kv_heads = 2, .head_dim = 64},
                 .sequences = {{1, 1024}, {1, 1024}},
                 .execution = execution};
  for (char const letter : full) {
    plan.selections.insert(plan.selections.end(), 2, letter == 'F' ? Selection{} : sparse);
  }
  return plan;
}

std::string name(LayerPlan plan) {
  CaseTable table;
  (void)table.id_of(std::move(plan));
  return table.take().at(0).name;
}

TEST(CaseTable, EqualPlansAreOneCase) {
  CaseTable table;

  EXPECT_EQ(table.id_of(layer("FsFs", Execution::fused)), 0u);
  EXPECT_EQ(table.id_of(layer("sFsF", Execution::fused)), 1u);
  EXPECT_EQ(table.id_of(layer("FsFs", Execution::fused)), 0u);
  EXPECT_EQ(table.id_of(layer("FsFs", Execution::balanced)), 2u);
  EXPECT_EQ(table.id_of(layer("FsFs", Execution::fused, kTriangle)), 3u);

  auto const cases = table.take();
  ASSERT_EQ(cases.size(), 4u);
  for (std::uint32_t id = 0; id < 4; ++id) EXPECT_EQ(cases[id].case_id, id);
  EXPECT_EQ(cases[1].name, "decode/b2/kv1024/full1of2/fused/natural/#2");
}

TEST(CaseTable, LayersOfOneKindAreSharedByAllExecutions) {
  CaseTable table;
  std::uint32_t const full = table.id_of(layer("FFFF", Execution::layer_uniform));
  std::uint32_t const sparse = table.id_of(layer("ssss", Execution::layer_uniform));

  for (Execution const execution :
       {Execution::masked, Execution::gather, Execution::two_pool, Execution::fused}) {
    EXPECT_EQ(table.id_of(layer("FFFF", execution)), full);
    EXPECT_EQ(table.id_of(layer("ssss", execution)), sparse);
  }
  EXPECT_EQ(table.take().size(), 2u);
}

TEST(CaseTable, WhatLaunchesDoNotFollowFromIsNotCompared) {
  LayerPlan alike = layer("ssss", Execution::layer_uniform);
  alike.batch_rule = BatchRule::any_full;
  EXPECT_EQ(canonical(alike).batch_rule, BatchRule::per_request);

  LayerPlan mixed = layer("FFss", Execution::layer_uniform);
  mixed.batch_rule = BatchRule::any_full;
  EXPECT_EQ(canonical(mixed).batch_rule, BatchRule::any_full);

  LayerPlan full = layer("FFFF", Execution::fused);
  full.retention = KvRetention::evict;
  EXPECT_EQ(canonical(full).retention, KvRetention::keep_all);

  LayerPlan sparse = layer("FsFs", Execution::fused);
  sparse.retention = KvRetention::evict;
  EXPECT_EQ(canonical(sparse).retention, KvRetention::evict);
}

TEST(CaseTable, ACanonicalPlanMakesTheSameWork) {
  for (std::string const full : {"FFFF", "ssss", "FFss", "FsFs"}) {
    for (Execution const execution : {Execution::fused, Execution::two_pool}) {
      LayerPlan const plan = layer(full, execution);
      auto const work = make_layer_work(plan, {.sm_count = 3});
      auto const same = make_layer_work(canonical(plan), {.sm_count = 3});
      ASSERT_EQ(work.launches.size(), same.launches.size());
      EXPECT_EQ(work.launches[0].tiles, same.launches[0].tiles);
      EXPECT_EQ(work.visited_blocks, same.visited_blocks);
    }
  }
}

TEST(CaseTable, NamesSayWhatDiffers) {
  EXPECT_EQ(name(layer("FsFs", Execution::balanced)), "decode/b2/kv1024/full1of2/balanced/natural");
  EXPECT_EQ(name(layer("FFFs", Execution::fused)), "decode/b2/kv1024/full3of4/fused/natural");
  EXPECT_EQ(name(layer("ssss", Execution::layer_uniform, kTriangle)),
            "decode/b2/kv1024/full0of2/layer_uniform/natural/triangle");

  LayerPlan mixed = layer("FFss", Execution::layer_uniform);
  mixed.batch_rule = BatchRule::group_by_gate;
  mixed.retention = KvRetention::evict;
  mixed.scheduler = Scheduler::persistent;
  EXPECT_EQ(name(mixed), "decode/b2/kv1024/full2of4/layer_uniform/persistent/group_by_gate/evict");

  LayerPlan chunk = layer("FsFs", Execution::fused);
  chunk.phase = Phase::prefill;
  chunk.sequences = {{512, 1024}, {512, 1024}};
  EXPECT_EQ(name(chunk), "prefill/b2/q512/kv1024/full1of2/fused/natural");
}

TEST(CaseTable, CasesCarryWhatTheirHeadsRead) {
  CaseTable table;
  (void)table.id_of(layer("FsFF", Execution::fused));
  (void)table.id_of(layer("FFFF", Execution::fused));

  auto const cases = table.take();

  EXPECT_EQ(cases[0].sparse_kind, "streaming");
  EXPECT_EQ(cases[0].full_kv_heads, 3);
  EXPECT_EQ(cases[0].sparse, kSparse);
  EXPECT_EQ(cases[1].sparse_kind, "none");
  EXPECT_EQ(cases[1].full_kv_heads, 4);
  EXPECT_EQ(cases[1].sparse, Selection{});
}

}  // namespace
}  // namespace fluxscope::plan

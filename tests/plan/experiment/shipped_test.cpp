#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/files/config_path.hpp"
#include "plan/experiment/experiment.hpp"
#include "plan/layer/names.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {
namespace {

Experiment shipped(std::string const& name) {
  return load_experiment(config_path("experiments", name));
}

class ShippedExperiments : public ::testing::TestWithParam<std::string> {};

TEST_P(ShippedExperiments, LoadWithUniqueNamesAndARowsLayersAllThere) {
  auto const experiment = shipped(GetParam());

  EXPECT_EQ(experiment.name, GetParam());
  std::set<std::string> names;
  std::set<std::uint32_t> used;
  for (Case const& one : experiment.cases) {
    names.insert(one.name);
    EXPECT_NO_THROW(validate(one.plan));
  }
  EXPECT_EQ(names.size(), experiment.cases.size());
  for (std::uint32_t i = 0; i < experiment.rows.size(); ++i) {
    Row const& row = experiment.rows[i];
    EXPECT_EQ(row.row_id, i);
    ASSERT_EQ(row.layer_cases.size(), static_cast<std::size_t>(experiment.model.layers));
    for (std::uint32_t const id : row.layer_cases) {
      ASSERT_LT(id, experiment.cases.size());
      used.insert(id);
    }
  }
  EXPECT_EQ(used.size(), experiment.cases.size());  // no case that no row needs
  std::printf("%s: %zu cases, %zu rows\n", GetParam().c_str(), experiment.cases.size(),
              experiment.rows.size());
}

TEST_P(ShippedExperiments, HaveAFullCaseOfEverySchedulerForTheWaterfall) {
  auto const experiment = shipped(GetParam());
  using Key = std::tuple<Phase, std::size_t, std::int32_t, Scheduler>;
  auto const key = [](Case const& one) {
    return Key{one.plan.phase, one.plan.sequences.size(), one.plan.sequences[0].kv_len,
               one.plan.scheduler};
  };
  std::set<Key> full;
  for (Case const& one : experiment.cases) {
    if (one.sparse_kind == "none" && one.plan.execution == Execution::layer_uniform) {
      full.insert(key(one));
    }
  }
  for (Case const& one : experiment.cases) EXPECT_TRUE(full.contains(key(one))) << one.name;
}

INSTANTIATE_TEST_SUITE_P(Configs, ShippedExperiments,
                         ::testing::ValuesIn(config_names("experiments")), [](auto const& tested) {
                           std::string name = tested.param;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return !std::isalnum(c); },
                               '_');
                           return name;
                         });

TEST(HeadVsLayer, PrefillHasItsThreeContextsAndEveryExecution) {
  auto const experiment = shipped("head-vs-layer-prefill");

  // Per context and scheduler: a full and a sparse layer; 7 mixed counts (1 to 6 at MSR 0.5; 1 to 5
  // and 7 at 0.75) under 5 executions.
  EXPECT_EQ(experiment.cases.size(), 3u * 3 * (2 + 7 * 5));
  std::set<std::int32_t> contexts;
  std::set<std::string> executions;
  for (Row const& row : experiment.rows) {
    EXPECT_EQ(row.phase, Phase::prefill);
    EXPECT_EQ(row.q_len, row.kv_len);
    contexts.insert(row.kv_len);
    executions.insert(to_text(row.execution));
  }
  EXPECT_THAT(contexts, ::testing::ElementsAre(8192, 32768, 131072));
  EXPECT_EQ(executions.size(), execution_names().size());
}

TEST(HeadVsLayer, DecodeHasBothBatches) {
  auto const experiment = shipped("head-vs-layer-decode");

  // Per context, batch and scheduler: 2 layers of one kind; 7 mixed counts under 5 executions.
  EXPECT_EQ(experiment.cases.size(), 6u * 2 * 3 * (2 + 7 * 5));
  std::map<std::int32_t, std::set<std::int32_t>> contexts;
  for (Row const& row : experiment.rows) contexts[row.batch].insert(row.kv_len);
  EXPECT_THAT(contexts[1], ::testing::ElementsAre(8192, 16384, 32768, 65536, 131072, 262144));
  EXPECT_EQ(contexts[8], contexts[1]);
}

TEST(HeadVsLayer, HeadAndLayerLevelSelectTheSameKv) {
  for (char const* name : {"head-vs-layer-prefill", "head-vs-layer-decode"}) {
    auto const experiment = shipped(name);
    std::map<std::tuple<std::int32_t, std::int32_t, double>, std::set<std::int64_t>> selected;
    std::map<std::uint32_t, std::int64_t> blocks;  // of a case
    for (Row const& row : experiment.rows) {
      if (row.kv_len > 32768) continue;  // the shorter ones say the same, quicker
      std::int64_t sum = 0;
      for (std::uint32_t const id : row.layer_cases) {
        auto const [found, is_new] = blocks.try_emplace(id, 0);
        if (is_new) {
          auto const work = make_layer_work(experiment.cases[id].plan, {.sm_count = 132});
          found->second = work.selected_blocks;
        }
        sum += found->second;
      }
      selected[{row.batch, row.kv_len, row.msr_ratio}].insert(sum);
    }
    for (auto const& [key, sums] : selected) EXPECT_EQ(sums.size(), 1u) << std::get<2>(key);
    EXPECT_EQ(selected.size() % 3, 0u);  // MSR 0, 0.5 and 0.75 of each batch and context
  }
}

}  // namespace
}  // namespace fluxscope::plan

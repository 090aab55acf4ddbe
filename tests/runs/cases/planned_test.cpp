#include "runs/cases/planned.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"

namespace fluxscope::runs {
namespace {

plan::Experiment two_cases() {
  plan::Experiment experiment;
  for (std::uint32_t id = 0; id < 2; ++id) {
    plan::Case layer_case{.case_id = id, .sparse_kind = "none", .full_kv_heads = 8};
    layer_case.name = id == 0 ? "first" : "second";
    layer_case.plan.phase = plan::Phase::decode;
    layer_case.plan.shape = {.q_heads = 32, .kv_heads = 8, .head_dim = 128};
    layer_case.plan.sequences = {{1, 4096 * static_cast<std::int32_t>(id + 1)}};
    layer_case.plan.selections.assign(32, {});
    experiment.cases.push_back(layer_case);
  }
  return experiment;
}

constexpr plan::DeviceSlots kSlots{.sm_count = 132, .decode_ctas_per_sm = 3};

TEST(PlannedCases, RecordsCarryThePlanAndNoTimeYet) {
  plan::Experiment const experiment = two_cases();

  PlannedCases cases(experiment, kSlots, 0);

  traces::CaseRecord const& record = cases.records().at(1);
  EXPECT_EQ(record.name, "second");
  EXPECT_EQ(record.phase, "decode");
  EXPECT_EQ(record.kv_len, 8192);
  EXPECT_EQ(record.selected_blocks, 8 * 8192 / 128);
  EXPECT_EQ(record.kv_bytes_selected, std::int64_t{8192} * 8 * 128 * 2 * 2);
  EXPECT_EQ(record.provenance, "measured");
  EXPECT_TRUE(std::isnan(record.time_ns));
}

TEST(PlannedCases, WorkIsThePlannersOwn) {
  plan::Experiment const experiment = two_cases();
  PlannedCases const cases(experiment, kSlots, 0);

  auto const work = cases.work(1);
  plan::LayerWork const again = plan::make_layer_work(experiment.cases[1].plan, kSlots);

  ASSERT_EQ(work->launches.size(), again.launches.size());
  EXPECT_EQ(work->launches[0].tiles, again.launches[0].tiles);
}

TEST(PlannedCases, ARefusedPlanNamesItsCase) {
  plan::Experiment experiment = two_cases();
  experiment.cases[1].plan.shape.head_dim = 96;

  try {
    PlannedCases const cases(experiment, kSlots, 0);
    FAIL() << "expected InputError";
  } catch (InputError const& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("case second"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("96"));
  }
}

}  // namespace
}  // namespace fluxscope::runs

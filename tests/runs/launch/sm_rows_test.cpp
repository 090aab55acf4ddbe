#include "runs/launch/sm_rows.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.hpp"

namespace fluxscope::runs {
namespace {

using traces::CtaRecord;

TEST(SmRows, BusyIsTheUnionOfLivesInWhateverOrderTheyCome) {
  std::vector<CtaRecord> const ctas = {{.cta = 0, .sm = 1, .t_in_ns = 60, .t_out_ns = 80},
                                       {.cta = 1, .sm = 1, .t_in_ns = 20, .t_out_ns = 50},
                                       {.cta = 2, .sm = 1, .t_in_ns = 10, .t_out_ns = 30}};

  auto const rows = sm_rows(ctas, 3);

  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].sm, 1u);
  EXPECT_EQ(rows[1].ctas, 3u);
  EXPECT_EQ(rows[1].first_in_ns, 10);
  EXPECT_EQ(rows[1].last_out_ns, 80);
  EXPECT_EQ(rows[1].busy_ns, 40 + 20);  // [10, 50) and [60, 80)
  EXPECT_EQ(rows[1].slot_busy_ns, 20 + 30 + 20);
}

TEST(SmRows, AnUnusedSmHasARowWithoutTimes) {
  auto const rows = sm_rows({}, 2);

  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].sm, 1u);
  EXPECT_EQ(rows[1].ctas, 0u);
  EXPECT_EQ(rows[1].first_in_ns, traces::kMissingNs);
  EXPECT_EQ(rows[1].last_out_ns, traces::kMissingNs);
}

TEST(SmRows, ACtaOnNoSmOfTheDeviceIsABrokenContract) {
  std::vector<CtaRecord> const ctas = {{.sm = 2}};

  EXPECT_THROW((void)sm_rows(ctas, 2), ContractError);
}

TEST(CtaWindow, SpansTheUsedSms) {
  std::vector<CtaRecord> const ctas = {{.sm = 0, .t_in_ns = -5, .t_out_ns = 4},
                                       {.sm = 2, .t_in_ns = 3, .t_out_ns = 9}};

  CtaWindow const window = cta_window(sm_rows(ctas, 3));

  EXPECT_EQ(window.first_ns, -5);
  EXPECT_EQ(window.last_ns, 9);
  EXPECT_EQ(cta_window(sm_rows({}, 3)).first_ns, traces::kMissingNs);
}

}  // namespace
}  // namespace fluxscope::runs

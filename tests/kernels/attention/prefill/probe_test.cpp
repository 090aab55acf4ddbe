// The probe and the attributes of the prefill kernels.

#include "kernels/attention/prefill_kernel.hpp"
#include "tests/kernels/attention/prefill/suite.hpp"
#include "tests/kernels/support/launch_order.hpp"
#include "tests/kernels/support/probe_records.hpp"

namespace fluxscope::testing {
namespace {

class PrefillProbe : public PrefillBatch {
 protected:
  [[nodiscard]] std::uint32_t warps_per_cta() const {
    auto const facts = kernels::prefill_facts(GetParam(), setup_.head_dim, kernels::ProbeLevel::l0);
    return static_cast<std::uint32_t>(facts.threads_per_cta / 32);
  }
};
INSTANTIATE_TEST_SUITE_P(Kernels, PrefillProbe, ::testing::ValuesIn(kPrefillKernels), kernel_name);

TEST_P(PrefillProbe, ChangesNoBitAndRecordsEveryTile) {
  for (std::int32_t const head_dim : {64, 128}) {
    setup_.head_dim = head_dim;
    PrefillProblem const one = problem(setup_, selection_);
    for (std::int32_t const ctas : {4, 9}) {
      Launches const work = from_queue(make_work(setup_, selection_, 3, true), ctas);
      auto const tiles = static_cast<std::uint32_t>(work[0].tiles.size());

      AttentionResult const probed = one.run(
          work, {.warps = static_cast<std::uint32_t>(ctas) * warps_per_cta(), .tiles = tiles});

      EXPECT_TRUE(one.matches(probed));
      EXPECT_TRUE(same_bits(probed, one.run(work)));
      expect_all_recorded(probed, warps_per_cta());
    }
  }
}

TEST_P(PrefillProbe, CountsWhatItDrops) {
  PrefillProblem const one = problem(setup_, selection_);
  Launches const work = make_work(setup_, selection_, 1, true);
  auto const tiles = static_cast<std::uint32_t>(work[0].tiles.size());
  std::uint32_t const kept_ctas = tiles / 2;  // the others have no warp record

  AttentionResult const probed =
      one.run(work, {.warps = kept_ctas * warps_per_cta(), .tiles = tiles / 3});

  EXPECT_TRUE(one.matches(probed));
  EXPECT_EQ(tile_counts(probed).attempted, kept_ctas);  // natural order: CTA i runs tile i
  EXPECT_EQ(tile_counts(probed).written, tiles / 3);
}

class PrefillFacts : public PrefillSuite {};
INSTANTIATE_TEST_SUITE_P(Kernels, PrefillFacts, ::testing::ValuesIn(kPrefillKernels), kernel_name);

TEST_P(PrefillFacts, HaveNoLocalMemory) {
  for (std::int32_t const head_dim : {64, 128}) {
    for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
      auto const facts = kernels::prefill_facts(GetParam(), head_dim, level);
      EXPECT_EQ(facts.local_bytes, 0);
      EXPECT_GE(facts.ctas_per_sm, 1);
    }
  }
}

TEST(PrefillWgmma, ACtaHasItsSmAlone) {
  auto const kernel = plan::PrefillKernel::prefill_wgmma;
  if (auto const* reason = obstacle(kernel)) GTEST_SKIP() << reason;
  for (std::int32_t const head_dim : {64, 128}) {
    for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
      EXPECT_EQ(kernels::prefill_facts(kernel, head_dim, level).ctas_per_sm, 1);
    }
  }
}

}  // namespace
}  // namespace fluxscope::testing

#include "kernels/dense/rope_append/launch.hpp"

#include <cmath>

#include "tests/kernels/dense/rope_problem.hpp"
#include "tests/kernels/dense/values.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::testing {
namespace {

class RopeAppend : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  }
};

std::vector<RopeSequence> const kRagged = {{1, 1}, {7, 7}, {1, 500}, {33, 160}, {130, 131}};

TEST_F(RopeAppend, RaggedBatchesAreTheDoubleReferenceInBothCaches) {
  for (std::int32_t const head_dim : {64, 128}) {
    for (std::int32_t const page_tokens : {0, 16, 128}) {
      RopeProblem const problem(
          {.head_dim = head_dim, .sequences = kRagged, .page_tokens = page_tokens});
      EXPECT_TRUE(problem.matches(problem.run(kPlain))) << head_dim << ", pages of " << page_tokens;
    }
  }
}

TEST_F(RopeAppend, TokenMajorCachesAreWrittenByTheirStrides) {
  RopeProblem const problem({.sequences = kRagged, .token_major = true});
  EXPECT_TRUE(problem.matches(problem.run(kPlain)));
}

// Heads of Q, K and V share CTAs of 16 (head_dim 128) or 32 in every way; the groups of the models.
TEST_F(RopeAppend, EveryGroupOfHeadsIsTaken) {
  struct Heads {
    std::int32_t q, kv;
  };
  for (std::int32_t const head_dim : {64, 128}) {
    for (auto const [q, kv] : {Heads{1, 1}, Heads{3, 1}, Heads{5, 5}, Heads{28, 4}, Heads{32, 8},
                               Heads{40, 8}, Heads{64, 8}}) {
      RopeProblem const problem({.head_dim = head_dim,
                                 .q_heads = q,
                                 .kv_heads = kv,
                                 .sequences = {{5, 9}, {2, 100}},
                                 .norms = true,
                                 .pool_tokens = 1});
      EXPECT_TRUE(problem.matches(problem.run(kPlain))) << q << " and " << kv << " heads";
    }
  }
}

TEST_F(RopeAppend, HeadsAreNormedBeforeTheyTurnAndVNever) {
  for (std::int32_t const head_dim : {64, 128}) {
    RopeProblem const problem({.head_dim = head_dim, .sequences = kRagged, .norms = true});
    EXPECT_TRUE(problem.matches(problem.run(kPlain)));
  }
}

// 130 queries with 40 pooled at each end leave 50 out; of 33 all are pooled.
TEST_F(RopeAppend, TheRouterGetsItsQueriesBeforeTheyTurn) {
  for (bool const norms : {false, true}) {
    RopeProblem const problem({.sequences = kRagged, .norms = norms, .pool_tokens = 40});
    EXPECT_TRUE(problem.matches(problem.run(kPlain)));
  }
}

TEST_F(RopeAppend, ATokenWithoutAPageIsNotStored) {
  RopeProblem const problem({.sequences = kRagged, .page_tokens = 64, .dropped_page = 1});
  EXPECT_TRUE(problem.matches(problem.run(kPlain)));
}

// From 1,024 rows on a CTA takes four tokens; 40 sequences are more than a warp looks at once.
TEST_F(RopeAppend, LongAndManySequencesAreTheDoubleReference) {
  std::vector<RopeSequence> sequences = {{1031, 2000}};
  for (std::int32_t i = 1; i < 40; ++i) sequences.push_back({i % 3 + 1, i + 3});
  RopeProblem const problem({.q_heads = 4,
                             .kv_heads = 1,
                             .sequences = sequences,
                             .norms = true,
                             .pool_tokens = 100,
                             .page_tokens = 16});
  EXPECT_TRUE(problem.matches(problem.run(kPlain)));
}

// A product rounded to fp32 would turn the fastest pair of position 131,071 wrongly by up to 0.004.
TEST_F(RopeAppend, FarPositionsTurnAsExactlyAsNearOnes) {
  RopeProblem const problem({.head_dim = 64,
                             .q_heads = 2,
                             .kv_heads = 1,
                             .sequences = {{3, 131072}},
                             .page_tokens = 128});
  EXPECT_TRUE(problem.matches(problem.run(kPlain)));
}

TEST_F(RopeAppend, AnEarlyStartAndTheProbeChangeNoBit) {
  RopeProblem const problem({.sequences = kRagged, .norms = true, .pool_tokens = 10});
  RopeOutput const plain = problem.run(kPlain);
  for (kernels::RowsTuning const tuning :
       {kEarly, kernels::RowsTuning{.probe = kernels::ProbeLevel::l0, .early = false}}) {
    RopeOutput const other = problem.run(tuning);
    EXPECT_EQ(bits_of(other.q), bits_of(plain.q));
    EXPECT_EQ(bits_of(other.router_q), bits_of(plain.router_q));
    EXPECT_EQ(bits_of(other.k), bits_of(plain.k));
    EXPECT_EQ(bits_of(other.v), bits_of(plain.v));
    if (tuning.probe == kernels::ProbeLevel::off) continue;
    for (std::int32_t warp = 0; warp < problem.rows() * 4; ++warp) {  // a CTA a row
      auto const& record = other.warps[static_cast<std::size_t>(warp)];
      EXPECT_LT(record.in_clock_cyc, record.out_clock_cyc);
    }
  }
}

TEST_F(RopeAppend, UsesNoLocalMemory) {
  for (std::int32_t const head_dim : {64, 128}) {
    for (std::int32_t const tokens : {1, 4096}) {
      for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
        EXPECT_EQ(kernels::rope_append_facts(head_dim, tokens, level).local_bytes, 0);
      }
    }
  }
}

}  // namespace
}  // namespace fluxscope::testing

#include "kernels/routing/xattn/select/launch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string>

#include "base/random.hpp"
#include "kernels/routing/xattn/reference.hpp"
#include "plan/layer/layer_plan.hpp"
#include "tests/kernels/routing/xattn/problem.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::testing {
namespace {

constexpr plan::AttentionShape kShape{.q_heads = 3, .kv_heads = 1, .head_dim = 64};

/// Of the cumulative sums from the threshold, in row sums: where one is nearer, fp32 sums may
/// decide otherwise than double ones. See kernels/routing/xattn/select/launch.hpp.
constexpr double kTieTolerance = 1e-5;

struct RowView {
  std::vector<double> scores;
  kernels::XattnKeep keep;

  [[nodiscard]] double total() const { return std::accumulate(scores.begin(), scores.end(), 0.0); }
  [[nodiscard]] double mass(std::vector<std::int32_t> const& blocks) const {
    double sum = 0;
    for (std::int32_t const block : blocks) sum += scores[static_cast<std::size_t>(block)];
    return sum / total();
  }
  [[nodiscard]] bool always(std::int32_t block) const {
    return block < keep.sink_blocks || block >= keep.recent_begin;
  }
};

template <class Score>
RowView view(kernels::XattnTables const& tables, std::vector<Score> const& scores, std::size_t row,
             SelectSetup const& setup) {
  RowView result;
  for (auto i = tables.row_begin[row]; i < tables.row_begin[row + 1]; ++i) {
    result.scores.push_back(static_cast<double>(scores[static_cast<std::size_t>(i)]));
  }
  kernels::XattnRow const& at = tables.rows[row];
  float const threshold =
      setup.head_thresholds.empty() ? setup.threshold : setup.head_thresholds[at.q_head];
  result.keep = {.threshold = static_cast<double>(threshold),
                 .sink_blocks = setup.sink_blocks,
                 .recent_begin = at.first_own_block - setup.recent_blocks + 1};
  return result;
}

/// True where the threshold is no nearer than `tolerance` to the sums that decide, and the last
/// kept score is no nearer than that to the first one left out.
bool decided(RowView const& row, std::vector<std::int32_t> const& want, double tolerance,
             double order_tolerance) {
  double last = HUGE_VAL;
  double first_out = 0;
  for (std::int32_t block = 0; block < static_cast<std::int32_t>(row.scores.size()); ++block) {
    double const score = row.scores[static_cast<std::size_t>(block)];
    if (row.always(block)) continue;
    if (std::binary_search(want.begin(), want.end(), block)) {
      last = std::min(last, score);
    } else {
      first_out = std::max(first_out, score);
    }
  }
  double const mass = row.mass(want);
  bool const above = mass > row.keep.threshold + tolerance;
  bool const below = last == HUGE_VAL || mass - last / row.total() < row.keep.threshold - tolerance;
  return above && below && last - first_out >= order_tolerance * row.total();
}

/// The kept block that counts least, in row sums; infinite where all are always kept.
double last_share(RowView const& row, std::vector<std::int32_t> const& kept) {
  double last = HUGE_VAL;
  for (std::int32_t const block : kept) {
    if (row.always(block)) continue;
    last = std::min(last, row.scores[static_cast<std::size_t>(block)]);
  }
  return last / row.total();
}

/// Every row equals the reference's where that is decided; in any case it has its mass, not without
/// its last block, and its always kept blocks. At least `decided_share` of the rows must be
/// decided.
template <class Score>
void expect_reference_rows(kernels::XattnTables const& tables, std::vector<Score> const& scores,
                           SelectSetup const& setup, SelectedRows const& got, double tolerance,
                           double order_tolerance, double decided_share) {
  ASSERT_TRUE(got.bounded);
  ASSERT_EQ(got.rows.size(), tables.rows.size());
  std::size_t compared = 0;
  for (std::size_t i = 0; i < got.rows.size(); ++i) {
    RowView const row = view(tables, scores, i, setup);
    std::vector<std::int32_t> const& kept = got.rows[i];
    EXPECT_GE(row.mass(kept), row.keep.threshold - tolerance) << "row " << i;
    EXPECT_LT(row.mass(kept) - last_share(row, kept), row.keep.threshold + tolerance)
        << "row " << i;
    for (std::int32_t block = 0; block < static_cast<std::int32_t>(row.scores.size()); ++block) {
      EXPECT_TRUE(!row.always(block) || std::binary_search(kept.begin(), kept.end(), block))
          << "row " << i << " lacks block " << block;
    }
    auto const want = kernels::xattn_select_reference(row.scores, row.keep);
    if (!decided(row, want, tolerance, order_tolerance)) continue;
    EXPECT_EQ(kept, want) << "row " << i;
    ++compared;
  }
  EXPECT_GE(static_cast<double>(compared), decided_share * static_cast<double>(got.rows.size()));
}

/// Log-normal scores, some of them 0.
std::vector<float> random_scores(kernels::XattnTables const& tables, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> scores;
  for (std::int64_t i = 0; i < tables.row_begin.back(); ++i) {
    double const normal =
        std::sqrt(-2 * std::log(1 - random.unit())) * std::cos(6.283185307179586 * random.unit());
    scores.push_back(random.below(20) == 0 ? 0.0f : static_cast<float>(std::exp(2 * normal)));
  }
  return scores;
}

class XattnSelect : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  }
};

// Up to 256 and 1,024 blocks a warp holds a row, up to 8,192 eight warps do.
TEST_F(XattnSelect, EqualsTheReferenceOutsideTheTieTolerance) {
  for (plan::SequenceShape const sequence :
       {plan::SequenceShape{1, 1}, plan::SequenceShape{2000, 2000}, plan::SequenceShape{500, 32768},
        plan::SequenceShape{300, 32769}, plan::SequenceShape{257, 131072},
        plan::SequenceShape{129, 131200}, plan::SequenceShape{300, 1048576}}) {
    auto const tables = kernels::make_xattn_tables(kShape, std::vector{sequence}, 16);
    auto const scores = random_scores(tables, 7);
    for (float const threshold : {0.5f, 0.9f, 0.99f}) {
      SelectSetup const setup{.threshold = threshold, .sink_blocks = 2, .recent_blocks = 3};

      auto const got = run_select(tables, scores, setup);

      SCOPED_TRACE(std::to_string(sequence.kv_len) + " tokens, threshold " +
                   std::to_string(threshold));
      // Rows of thousands of blocks have cumulative sums everywhere.
      bool const dense = sequence.kv_len > 40000;
      expect_reference_rows(tables, scores, setup, got, kTieTolerance, 0, dense ? 0 : 0.5);
    }
  }
}

// Rows of more than 1,024 blocks, of scores between 1 and 2: a block is at least 1/16384 of its
// row, six times the tolerance, so a list of one block too many shows.
TEST_F(XattnSelect, WithoutItsLastBlockALongListMissesTheThreshold) {
  for (std::int32_t const kv_len : {131200, 300000, 1048576}) {
    auto const tables =
        kernels::make_xattn_tables(kShape, std::vector{plan::SequenceShape{300, kv_len}}, 16);
    Random random(static_cast<std::uint64_t>(kv_len));
    std::vector<float> scores;
    for (std::int64_t i = 0; i < tables.row_begin.back(); ++i) {
      scores.push_back(static_cast<float>(1 + random.unit()));
    }
    for (float const threshold : {0.3f, 0.9f, 0.999f}) {
      SelectSetup const setup{.threshold = threshold};

      auto const got = run_select(tables, scores, setup);

      SCOPED_TRACE(std::to_string(kv_len) + " tokens, threshold " + std::to_string(threshold));
      ASSERT_TRUE(got.bounded);
      for (std::size_t i = 0; i < got.rows.size(); ++i) {
        RowView const row = view(tables, scores, i, setup);
        double const mass = row.mass(got.rows[i]);
        double const last = last_share(row, got.rows[i]);
        EXPECT_GE(mass, row.keep.threshold - kTieTolerance) << "row " << i;
        EXPECT_LT(mass - last, row.keep.threshold + kTieTolerance) << "row " << i;
        EXPECT_GT(last, 6 * kTieTolerance) << "row " << i << " tests nothing";
      }
    }
  }
}

TEST_F(XattnSelect, ListsAreValidForThePlanner) {
  plan::LayerPlan layer;
  layer.shape = {.q_heads = 4, .kv_heads = 2, .head_dim = 128};
  layer.sequences = {{1000, 1000}, {1, 700}, {333, 5001}};
  layer.selections.assign(12, {.kind = plan::SelectionKind::blocks});
  layer.execution = plan::Execution::fused;
  auto const tables = kernels::make_xattn_tables(layer.shape, layer.sequences, 16);

  auto const got = run_select(tables, random_scores(tables, 3), {});

  layer.block_lists.row_begin.push_back(0);
  for (auto const& row : got.rows) {
    auto& columns = layer.block_lists.columns;
    columns.insert(columns.end(), row.begin(), row.end());
    layer.block_lists.row_begin.push_back(static_cast<std::int64_t>(columns.size()));
  }
  EXPECT_NO_THROW(plan::validate(layer));
}

TEST_F(XattnSelect, TiesGoToTheLowerBlock) {
  for (std::int32_t const blocks : {1024, 8192}) {  // of one warp and of eight
    auto const tables =
        kernels::make_xattn_tables(kShape, std::vector{plan::SequenceShape{128, 128 * blocks}}, 16);
    std::vector<float> const scores(static_cast<std::size_t>(tables.row_begin.back()), 0.25f);

    auto const got = run_select(tables, scores, {.threshold = 0.5f, .sink_blocks = 1});

    // Half of the sum of equal scores are half of the blocks, of which the last is the diagonal.
    std::vector<std::int32_t> want(static_cast<std::size_t>(blocks / 2));
    std::iota(want.begin(), want.end(), 0);
    want.back() = blocks - 1;
    for (auto const& row : got.rows) EXPECT_EQ(row, want);
  }
}

TEST_F(XattnSelect, ThresholdsOfHeadsBoundWhatIsKept) {
  auto const tables =
      kernels::make_xattn_tables(kShape, std::vector{plan::SequenceShape{128, 12800}}, 16);
  std::vector<float> scores;
  for (int i = 0; i < 300; ++i) scores.push_back(static_cast<float>(1 + i % 100 * 7 % 100));

  auto const got =
      run_select(tables, scores, {.head_thresholds = {0.0f, 1.0f, 7.0f}, .recent_blocks = 2});

  EXPECT_EQ(got.rows[0], (std::vector<std::int32_t>{0, 98, 99}));
  EXPECT_EQ(got.rows[1].size(), 100u);
  EXPECT_EQ(got.rows[2].size(), 100u) << "above 1 counts as 1";
}

// A query block that begins inside a KV block has two blocks of its own.
TEST_F(XattnSelect, KeepsBothBlocksOfAnUnalignedQueryBlock) {
  auto const tables =
      kernels::make_xattn_tables(kShape, std::vector{plan::SequenceShape{128, 1000}}, 16);
  std::vector<float> const scores(24, 1.0f);

  auto const got = run_select(tables, scores, {.threshold = 0, .sink_blocks = 0});

  // Positions 872 to 999 lie in blocks 6 and 7.
  for (auto const& row : got.rows) EXPECT_EQ(row, (std::vector<std::int32_t>{6, 7}));
}

TEST_F(XattnSelect, ARowWithANanKeepsEveryBlock) {
  auto const tables =
      kernels::make_xattn_tables(kShape, std::vector{plan::SequenceShape{128, 5000}}, 16);
  auto scores = random_scores(tables, 5);
  scores[45] = std::nanf("");  // row 1 is 40 to 79

  auto const got = run_select(tables, scores, {.threshold = 0.3f});

  EXPECT_LT(got.rows[0].size(), 40u);
  EXPECT_EQ(got.rows[1].size(), 40u);
  EXPECT_LT(got.rows[2].size(), 40u);
}

TEST_F(XattnSelect, AHigherThresholdKeepsAtLeastTheSame) {
  auto const tables =
      kernels::make_xattn_tables(kShape, std::vector{plan::SequenceShape{640, 9000}}, 8);
  auto const scores = random_scores(tables, 11);
  SelectedRows before;
  std::size_t total_before = 0;

  for (float const threshold : {0.2f, 0.5f, 0.8f, 0.95f, 1.0f}) {
    auto got = run_select(tables, scores, {.threshold = threshold});
    for (std::size_t i = 0; i < before.rows.size(); ++i) {
      EXPECT_TRUE(std::includes(got.rows[i].begin(), got.rows[i].end(), before.rows[i].begin(),
                                before.rows[i].end()));
    }
    std::size_t total = 0;
    for (auto const& row : got.rows) total += row.size();
    EXPECT_GT(total, total_before);
    total_before = total;
    before = std::move(got);
  }
}

TEST_F(XattnSelect, TheProbeChangesNothing) {
  auto const tables =
      kernels::make_xattn_tables(kShape, std::vector{plan::SequenceShape{640, 9000}}, 8);
  auto const scores = random_scores(tables, 13);

  EXPECT_EQ(run_select(tables, scores, {.probe = kernels::ProbeLevel::l0}).rows,
            run_select(tables, scores, {}).rows);
}

TEST_F(XattnSelect, UsesNoLocalMemory) {
  for (std::int32_t const blocks : {256, 512, 1024, 8192}) {
    for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
      EXPECT_EQ(kernels::xattn_select_facts(blocks, {level}).local_bytes, 0);
    }
  }
}

// From queries and keys to lists. Scores differ from the double ones by up to 1e-4, relatively.
TEST_F(XattnSelect, WholeSelectionEqualsTheDoubleReferenceOutsideTheTieTolerance) {
  for (std::int32_t const stride : {8, 16}) {
    XattnProblem const problem({.q_heads = 4,
                                .kv_heads = 2,
                                .stride = stride,
                                .sequences = {{3000, 3000}, {200, 4000}, {130, 131}},
                                .q_scale = 12});
    auto scores = problem.run(kernels::launch_xattn_score);
    scores.pop_back();

    auto const got = run_select(problem.tables(), scores, {});

    expect_reference_rows(problem.tables(), problem.expected(), SelectSetup{}, got, 2e-4, 2e-4,
                          0.5);
  }
}

}  // namespace
}  // namespace fluxscope::testing

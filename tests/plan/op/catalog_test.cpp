#include "plan/op/catalog.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "plan/layer/names.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {
namespace {

constexpr AttentionShape kShape{.q_heads = 32, .kv_heads = 8, .head_dim = 128};

std::int64_t flop(LaunchOp op, Phase phase) { return op_row(op).block_flop(kShape, phase); }
std::int64_t bytes(LaunchOp op, Phase phase) { return op_row(op).block_bytes(kShape, phase); }

TEST(OpCatalog, ARowIsFoundByItsValueAndByItsName) {
  std::set<std::string_view> names;
  for (OpRow const& row : op_catalog()) {
    EXPECT_EQ(&op_row(row.op), &row);
    EXPECT_EQ(find_op(row.name), row.op);
    EXPECT_EQ(to_text(row.op), row.name);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
  }
  EXPECT_EQ(find_op("prefil"), std::nullopt);
}

TEST(OpCatalog, EveryKernelRunsOneOperation) {
  std::set<std::string_view> names;
  for (OpRow const& row : op_catalog()) {
    EXPECT_TRUE(row.form != OpForm::tiles || !row.kernels.empty()) << row.name;
    for (OpKernel const& kernel : row.kernels) EXPECT_TRUE(names.insert(kernel.name).second);
  }
  EXPECT_EQ(to_text(PrefillKernel::prefill_wgmma), "prefill_wgmma");
  EXPECT_EQ(op_row(LaunchOp::prefill).kernels[1].instruction, MatrixInstruction::wgmma);
}

TEST(OpCatalog, EachPhaseHasOneAttentionOperation) {
  for (Phase const phase : {Phase::prefill, Phase::decode}) {
    int count = 0;
    for (OpRow const& row : op_catalog()) {
      count += row.counted_as == CountedAs::attention && row.phase == phase ? 1 : 0;
    }
    EXPECT_EQ(count, 1) << to_text(phase);
  }
}

TEST(OpCatalog, FlopAndBytesOfABlockAreThoseOfItsTensors) {
  // Q K^T of 128 x 128 scores and P V of 128 x 128 numbers, 2 FLOP per product: 8,388,608.
  EXPECT_EQ(flop(LaunchOp::prefill, Phase::prefill), 2 * 128 * 128 * 128 + 2 * 128 * 128 * 128);
  // Four query rows of the group.
  EXPECT_EQ(flop(LaunchOp::decode, Phase::decode), 2 * 4 * 128 * 128 * 2);
  // K and V of 128 tokens, 256 bytes a row.
  EXPECT_EQ(bytes(LaunchOp::decode, Phase::decode), 2 * 128 * 256);
  EXPECT_EQ(bytes(LaunchOp::gather_kv, Phase::decode), 4 * 128 * 256);
  // fp32 results of 4 rows, or of a query block.
  EXPECT_EQ(bytes(LaunchOp::combine, Phase::decode), 4 * 512);
  EXPECT_EQ(bytes(LaunchOp::combine, Phase::prefill), 128 * 512);
  // 8 x 8 groups of 16 tokens, products of 16 x 128 numbers.
  EXPECT_EQ(flop(LaunchOp::xattn_score, Phase::prefill), 2 * 8 * 8 * 16 * 128);
  EXPECT_EQ(bytes(LaunchOp::plan_gpu, Phase::prefill), std::int64_t{sizeof(Tile)});
}

TEST(OpCatalog, OnlyTilesHaveBlocks) {
  for (OpRow const& row : op_catalog()) {
    if (row.form == OpForm::tiles) continue;
    EXPECT_EQ(row.block_flop(kShape, Phase::prefill), 0) << row.name;
    EXPECT_EQ(row.block_bytes(kShape, Phase::prefill), 0) << row.name;
    EXPECT_FALSE(row.splits) << row.name;
  }
}

TEST(OpCatalog, OnlyOperationsThatSplitLeavePartialResults) {
  std::set<std::string> splits;
  for (OpRow const& row : op_catalog()) {
    if (row.splits) splits.emplace(row.name);
  }
  EXPECT_EQ(splits, (std::set<std::string>{"decode", "prefill"}));
}

}  // namespace
}  // namespace fluxscope::plan

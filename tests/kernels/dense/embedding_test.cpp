#include "kernels/dense/embedding/launch.hpp"

#include <cmath>

#include "kernels/dense/embedding/reference.hpp"
#include "tests/kernels/dense/values.hpp"
#include "tests/kernels/support/device_array.hpp"
#include "tests/kernels/support/device_table.hpp"

namespace fluxscope::testing {
namespace {

struct Table {
  std::vector<float> rows;  // [vocab_size, hidden]
  std::int32_t vocab_size = 0;
  std::int32_t hidden = 0;
};

Table random_table(std::int32_t vocab_size, std::int32_t hidden) {
  auto const size = static_cast<std::size_t>(vocab_size) * static_cast<std::size_t>(hidden);
  return {random_bf16(size, 21, 0.02), vocab_size, hidden};
}

std::vector<float> run_embedding(Table const& table, std::vector<std::int32_t> const& tokens,
                                 kernels::RowsTuning const& tuning) {
  DeviceArray const rows(to_bf16(table.rows));
  DeviceArray const ids(tokens);
  DeviceArray const out(std::vector<__nv_bfloat16>(
      tokens.size() * static_cast<std::size_t>(table.hidden), __float2bfloat16(-7.0f)));
  DeviceArray const warps(std::vector<kernels::WarpRecord>(4096));
  kernels::EmbeddingParams params;
  params.tokens = ids.get();
  params.table = rows.get();
  params.y = out.get();
  params.rows = static_cast<std::int32_t>(tokens.size());
  params.vocab_size = table.vocab_size;
  params.hidden = table.hidden;
  params.probe = {.warps = warps.get(), .warp_capacity = 4096};
  kernels::launch_embedding(params, tuning, nullptr);
  return as_float(out.download());
}

class Embedding : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  }
};

TEST_F(Embedding, GivesEachTokenItsRow) {
  for (std::int32_t const hidden : {8, 104, 2560, 4096, 8192}) {
    Table const table = random_table(50, hidden);
    std::vector<std::int32_t> const tokens = {49, 0, 7, 7, 12, 48, 1};
    auto const want = kernels::embedding_reference(tokens, as_double(table.rows), hidden);
    EXPECT_EQ(as_double(run_embedding(table, tokens, kPlain)), want) << hidden;
    EXPECT_EQ(as_double(run_embedding(table, tokens, kEarly)), want) << hidden;
    EXPECT_EQ(as_double(run_embedding(table, tokens, {.probe = kernels::ProbeLevel::l0})), want);
  }
}

TEST_F(Embedding, ATokenOutsideTheTableGivesNanAndItsNeighboursTheirRows) {
  Table const table = random_table(50, 4096);
  auto const y = run_embedding(table, {3, -1, 50, 2147483647, 4}, kPlain);
  for (std::size_t i = 0; i < y.size(); ++i) {
    std::size_t const row = i / 4096;
    if (row == 0 || row == 4) {
      ASSERT_EQ(y[i], table.rows[(row == 0 ? 3 : 4) * 4096 + i % 4096]);
    } else {
      ASSERT_TRUE(std::isnan(y[i])) << "row " << row;
    }
  }
}

TEST_F(Embedding, UsesNoLocalMemory) {
  for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
    EXPECT_EQ(kernels::embedding_facts(level).local_bytes, 0);
  }
}

}  // namespace
}  // namespace fluxscope::testing

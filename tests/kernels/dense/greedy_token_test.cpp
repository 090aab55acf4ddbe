#include "kernels/dense/greedy_token/launch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "kernels/dense/greedy_token/reference.hpp"
#include "tests/kernels/dense/values.hpp"
#include "tests/kernels/support/device_array.hpp"
#include "tests/kernels/support/device_table.hpp"

namespace fluxscope::testing {
namespace {

using kernels::LogitType;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Logits {
  std::vector<float> values;  // [rows, stride], bf16 values
  std::int32_t rows = 1;
  std::int32_t vocab_size = 0;
  std::int32_t stride = 0;

  [[nodiscard]] std::span<float> row(std::int32_t i) {
    return std::span(values).subspan(static_cast<std::size_t>(i) * static_cast<std::size_t>(stride),
                                     static_cast<std::size_t>(vocab_size));
  }
};

/// What lies between the rows is larger than any logit.
Logits random_logits(std::int32_t rows, std::int32_t vocab_size, std::uint64_t seed) {
  Logits logits{.rows = rows, .vocab_size = vocab_size, .stride = (vocab_size + 15) / 8 * 8};
  logits.values.assign(static_cast<std::size_t>(rows) * static_cast<std::size_t>(logits.stride),
                       kInfinity);
  for (std::int32_t i = 0; i < rows; ++i) {
    auto const values =
        random_bf16(static_cast<std::size_t>(vocab_size), seed + static_cast<std::uint64_t>(i), 2);
    std::copy(values.begin(), values.end(), logits.row(i).begin());
  }
  return logits;
}

/// Launches twice: the workspace is ready again, without anybody clearing it.
std::vector<std::int32_t> greedy(Logits const& logits, LogitType type,
                                 kernels::RowsTuning const& tuning = kPlain) {
  DeviceArray const as_floats(logits.values);
  DeviceArray const as_bf16(to_bf16(logits.values));
  DeviceArray const tokens(std::vector<std::int32_t>(static_cast<std::size_t>(logits.rows), -9));
  DeviceArray const workspace(
      std::vector<std::uint8_t>(kernels::greedy_token_workspace_bytes(logits.rows), 0));
  DeviceArray const warps(std::vector<kernels::WarpRecord>(4096));
  kernels::GreedyTokenParams params;
  params.logits = type == LogitType::float32 ? static_cast<void const*>(as_floats.get())
                                             : static_cast<void const*>(as_bf16.get());
  params.type = type;
  params.rows = logits.rows;
  params.vocab_size = logits.vocab_size;
  params.row_stride = logits.stride;
  params.tokens = tokens.get();
  params.workspace = workspace.get();
  params.probe = {.warps = warps.get(), .warp_capacity = 4096};
  kernels::launch_greedy_token(params, tuning, nullptr);
  auto const first = tokens.download();
  kernels::launch_greedy_token(params, tuning, nullptr);
  EXPECT_EQ(tokens.download(), first);
  auto const left = workspace.download();
  EXPECT_TRUE(std::all_of(left.begin(), left.end(), [](std::uint8_t x) { return x == 0; }));
  return first;
}

class GreedyToken : public ::testing::TestWithParam<LogitType> {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  }
};

INSTANTIATE_TEST_SUITE_P(Types, GreedyToken,
                         ::testing::Values(LogitType::float32, LogitType::bfloat16),
                         [](auto const& type) {
                           return type.param == LogitType::float32 ? "float32" : "bfloat16";
                         });

// bf16 logits of a large vocabulary tie often.
TEST_P(GreedyToken, IsTheReferenceAtEverySize) {
  for (std::int32_t const vocab_size : {1, 7, 2048, 2049, 4096, 16032, 128256, 151936}) {
    for (std::int32_t const rows : {1, 3, 17}) {
      Logits logits = random_logits(rows, vocab_size, static_cast<std::uint64_t>(vocab_size));
      std::vector<std::int32_t> want;
      for (std::int32_t i = 0; i < rows; ++i) {
        want.push_back(kernels::greedy_token_reference(as_double(logits.row(i))));
      }
      EXPECT_EQ(greedy(logits, GetParam()), want) << rows << " rows of " << vocab_size;
    }
  }
}

// 30,000 logits are the parts of several CTAs.
TEST_P(GreedyToken, OfEqualLogitsTheLowestWins) {
  Logits logits = random_logits(3, 30000, 1);
  for (std::size_t const i : {29999, 12345, 12346, 20000}) logits.row(0)[i] = 50;
  std::fill(logits.row(1).begin(), logits.row(1).end(), -kInfinity);
  std::fill(logits.row(2).begin(), logits.row(2).end(), -1.0f);
  logits.row(2)[700] = -0.0f;
  logits.row(2)[25000] = 0.0f;
  EXPECT_EQ(greedy(logits, GetParam()), (std::vector<std::int32_t>{12345, 0, 700}));
}

TEST_P(GreedyToken, ANanIsNoTokenWhateverElseTheRowHolds) {
  Logits logits = random_logits(4, 30000, 2);
  logits.row(0)[29999] = std::numeric_limits<float>::quiet_NaN();
  logits.row(1)[5] = -std::numeric_limits<float>::quiet_NaN();
  logits.row(2)[777] = kInfinity;
  logits.row(3)[777] = kInfinity;
  logits.row(3)[20000] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(
      greedy(logits, GetParam()),
      (std::vector<std::int32_t>{kernels::kNoToken, kernels::kNoToken, 777, kernels::kNoToken}));
}

TEST_P(GreedyToken, AnEarlyStartAndTheProbeChangeNothing) {
  Logits const logits = random_logits(5, 128256, 3);
  auto const plain = greedy(logits, GetParam());
  EXPECT_EQ(greedy(logits, GetParam(), kEarly), plain);
  EXPECT_EQ(greedy(logits, GetParam(), {.probe = kernels::ProbeLevel::l0}), plain);
}

TEST_P(GreedyToken, UsesNoLocalMemory) {
  for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
    EXPECT_EQ(kernels::greedy_token_facts(GetParam(), level).local_bytes, 0);
  }
}

}  // namespace
}  // namespace fluxscope::testing

#include "kernels/dense/rms_norm/launch.hpp"

#include <cmath>

#include "kernels/dense/rms_norm/reference.hpp"
#include "tests/kernels/attention/reference.hpp"
#include "tests/kernels/dense/values.hpp"
#include "tests/kernels/support/device_array.hpp"
#include "tests/kernels/support/device_table.hpp"

namespace fluxscope::testing {
namespace {

constexpr float kEps = 1e-5f;

struct NormSetup {
  std::int32_t rows = 1;  ///< of the input
  std::int32_t hidden = 8;
  bool residual = false;
  std::vector<std::int32_t> source_rows;  ///< empty: all
  bool in_place = false;
};

struct NormOutput {
  std::vector<__nv_bfloat16> y;
  std::vector<__nv_bfloat16> residual;
  std::vector<kernels::WarpRecord> warps;
};

class NormProblem {
 public:
  explicit NormProblem(NormSetup setup)
      : setup_(std::move(setup)),
        x_(random_bf16(elements(), 11, 0.7)),
        residual_(random_bf16(elements(), 12, 1.3)),
        weight_(random_bf16(width(), 13, 0.1, 1)) {}

  [[nodiscard]] NormOutput run(kernels::RowsTuning const& tuning) const {
    DeviceArray const x(to_bf16(x_)), residual(to_bf16(residual_)), weight(to_bf16(weight_));
    DeviceArray const y(std::vector<__nv_bfloat16>(out_rows() * width(), __float2bfloat16(NAN)));
    DeviceArray const source(setup_.source_rows);
    DeviceArray const warps(std::vector<kernels::WarpRecord>(4096));
    kernels::RmsNormParams params;
    params.x = x.get();
    params.residual = setup_.residual ? residual.get() : nullptr;
    params.weight = weight.get();
    params.y = setup_.in_place ? x.get() : y.get();
    params.source_rows = source.get();
    params.rows = static_cast<std::int32_t>(out_rows());
    params.hidden = setup_.hidden;
    params.eps = kEps;
    params.probe = {.warps = warps.get(), .warp_capacity = 4096};
    kernels::launch_rms_norm(params, tuning, nullptr);
    return {(setup_.in_place ? x : y).download(), residual.download(), warps.download()};
  }

  /// What is normed: the input, or the rounded sum.
  [[nodiscard]] std::vector<float> sum() const {
    std::vector<float> sum = x_;
    if (!setup_.residual) return sum;
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] = round_bf16(sum[i] + residual_[i]);
    return sum;
  }

  [[nodiscard]] ::testing::AssertionResult matches(NormOutput const& output) const {
    std::vector<float> const input = sum();
    std::vector<float> const y = as_float(output.y);
    for (std::size_t row = 0; row < out_rows(); ++row) {
      std::size_t const source =
          setup_.source_rows.empty() ? row : static_cast<std::size_t>(setup_.source_rows[row]);
      auto const in = std::span(input).subspan(source * width(), width());
      auto const want =
          kernels::rms_norm_reference(as_double(in), as_double(weight_), double{kEps});
      auto const close =
          row_close(std::span(y).subspan(row * width(), width()), want, emulated(in));
      if (!close) return ::testing::AssertionFailure() << "row " << row << ": " << close.message();
    }
    return ::testing::AssertionSuccess();
  }

  /// Rows that a launch takes carry the sum, all others what they held.
  [[nodiscard]] std::vector<float> expected_residual() const {
    if (!setup_.residual) return residual_;
    if (setup_.source_rows.empty()) return sum();
    std::vector<float> const all = sum();
    std::vector<float> residual = residual_;
    for (std::int32_t const row : setup_.source_rows) {
      std::size_t const begin = static_cast<std::size_t>(row) * width();
      for (std::size_t i = begin; i < begin + width(); ++i) residual[i] = all[i];
    }
    return residual;
  }

 private:
  [[nodiscard]] std::size_t width() const { return static_cast<std::size_t>(setup_.hidden); }
  [[nodiscard]] std::size_t elements() const {
    return static_cast<std::size_t>(setup_.rows) * width();
  }
  [[nodiscard]] std::size_t out_rows() const {
    return setup_.source_rows.empty() ? static_cast<std::size_t>(setup_.rows)
                                      : setup_.source_rows.size();
  }
  [[nodiscard]] std::vector<float> emulated(std::span<float const> in) const {
    float squares = 0;
    for (float const x : in) squares += x * x;
    float const factor = 1 / std::sqrt(squares / static_cast<float>(in.size()) + kEps);
    std::vector<float> y;
    for (std::size_t i = 0; i < in.size(); ++i)
      y.push_back(round_bf16(in[i] * factor * weight_[i]));
    return y;
  }

  NormSetup setup_;
  std::vector<float> x_, residual_;  // [rows, hidden]
  std::vector<float> weight_;        // [hidden]
};

class RmsNorm : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  }
};

// The hidden sizes take every number of threads, with whole and with part of the last pieces.
TEST_F(RmsNorm, IsTheDoubleReferenceAtEverySize) {
  for (std::int32_t const hidden : {8, 64, 1000, 2048, 2056, 2560, 4096, 5120, 8192, 8200, 16384}) {
    for (std::int32_t const rows : {1, 3, 133}) {
      NormProblem const problem({.rows = rows, .hidden = hidden});
      EXPECT_TRUE(problem.matches(problem.run(kPlain))) << rows << " rows of " << hidden;
    }
  }
}

TEST_F(RmsNorm, TheResidualHoldsTheRoundedSumAndTheNormIsOfIt) {
  for (std::int32_t const hidden : {72, 4096, 16384}) {
    NormProblem const problem({.rows = 37, .hidden = hidden, .residual = true});
    NormOutput const output = problem.run(kPlain);

    EXPECT_TRUE(problem.matches(output)) << hidden;
    EXPECT_EQ(as_float(output.residual), problem.expected_residual()) << hidden;
  }
}

TEST_F(RmsNorm, ListedRowsAreNormedInTheListsOrderAndNoOthers) {
  NormProblem const problem(
      {.rows = 12, .hidden = 2560, .residual = true, .source_rows = {11, 0, 7}});
  NormOutput const output = problem.run(kPlain);

  EXPECT_TRUE(problem.matches(output));
  EXPECT_EQ(as_float(output.residual), problem.expected_residual());
}

TEST_F(RmsNorm, MayWriteOverItsInput) {
  NormProblem const problem({.rows = 9, .hidden = 4096, .residual = true, .in_place = true});
  EXPECT_TRUE(problem.matches(problem.run(kPlain)));
}

TEST_F(RmsNorm, AnEarlyStartAndTheProbeChangeNoBit) {
  NormProblem const problem({.rows = 100, .hidden = 4096, .residual = true});
  NormOutput const plain = problem.run(kPlain);
  for (kernels::RowsTuning const tuning :
       {kEarly, kernels::RowsTuning{.probe = kernels::ProbeLevel::l0, .early = false}}) {
    NormOutput const other = problem.run(tuning);
    EXPECT_EQ(bits_of(other.y), bits_of(plain.y));
    EXPECT_EQ(bits_of(other.residual), bits_of(plain.residual));
    if (tuning.probe == kernels::ProbeLevel::off) continue;
    for (std::size_t warp = 0; warp < 100 * 8; ++warp) {  // 256 threads a row
      EXPECT_LT(other.warps[warp].in_clock_cyc, other.warps[warp].out_clock_cyc);
    }
  }
}

TEST_F(RmsNorm, UsesNoLocalMemory) {
  for (std::int32_t const hidden : {2048, 4096, 8192, 16384}) {
    for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
      EXPECT_EQ(kernels::rms_norm_facts(hidden, level).local_bytes, 0);
    }
  }
}

}  // namespace
}  // namespace fluxscope::testing

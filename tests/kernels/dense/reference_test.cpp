// The references of the small operations against numbers worked out by hand.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.hpp"
#include "kernels/dense/embedding/reference.hpp"
#include "kernels/dense/gemm/reference.hpp"
#include "kernels/dense/greedy_token/launch.hpp"
#include "kernels/dense/greedy_token/reference.hpp"
#include "kernels/dense/rms_norm/reference.hpp"
#include "kernels/dense/silu_mul/reference.hpp"
#include "tests/close.hpp"

namespace fluxscope::testing {
namespace {

using Row = std::vector<double>;
constexpr Tolerance kExact{.absolute = 1e-12};
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The mean square of 3 and 4 is 12.5, with eps 3.5 it is 16: divided by 4.
TEST(RmsNormReference, DividesByTheRootOfMeanSquareAndEps) {
  EXPECT_TRUE(
      all_close(kernels::rms_norm_reference(Row{3, 4}, Row{1, 2}, 3.5), Row{0.75, 2}, kExact));
}

TEST(RmsNormReference, RefusesAWeightOfAnotherSize) {
  EXPECT_THROW((void)kernels::rms_norm_reference(Row{3, 4}, Row{1}, 0), ContractError);
}

// SiLU(0) = 0, SiLU(1) = 0.7310585786300049.
TEST(SiluMulReference, TheFirstHalfIsTheGate) {
  EXPECT_TRUE(all_close(kernels::silu_mul_reference(Row{0, 1, 5, 2}),
                        Row{0, 2 * 0.7310585786300049}, kExact));
}

TEST(EmbeddingReference, GivesRowsAndNanWhereThereIsNone) {
  std::vector<std::int32_t> const tokens = {1, 2, -1};
  auto const y = kernels::embedding_reference(tokens, Row{1, 2, 3, 4}, 2);
  ASSERT_EQ(y.size(), 6u);
  EXPECT_EQ(y[0], 3);
  EXPECT_EQ(y[1], 4);
  for (std::size_t i = 2; i < 6; ++i) EXPECT_TRUE(std::isnan(y[i]));
}

TEST(GreedyTokenReference, TheLowestOfTheLargestWinsAndANanIsNoToken) {
  EXPECT_EQ(kernels::greedy_token_reference(Row{-3, 5, 5, 1}), 1);
  EXPECT_EQ(kernels::greedy_token_reference(Row{-1, -0.0, 0.0}), 1);
  EXPECT_EQ(kernels::greedy_token_reference(Row{1, kNan, 5}), kernels::kNoToken);
  EXPECT_THROW((void)kernels::greedy_token_reference(Row{}), ContractError);
}

// [1 2; 3 4] [5 6; 7 8]^T = [5 + 12, 7 + 16; 15 + 24, 21 + 32].
TEST(GemmReference, MultipliesByTheTransposedWeights) {
  EXPECT_EQ(kernels::gemm_reference(Row{1, 2, 3, 4}, Row{5, 6, 7, 8}, {.m = 2, .n = 2, .k = 2}),
            (Row{17, 23, 39, 53}));
  EXPECT_THROW((void)kernels::gemm_reference(Row{1, 2}, Row{3, 4}, {.m = 1, .n = 2, .k = 2}),
               ContractError);
}

}  // namespace
}  // namespace fluxscope::testing

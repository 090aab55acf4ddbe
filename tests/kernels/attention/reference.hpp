#pragma once
// Attention of one query row on the CPU, for the tests of the attention kernels.

#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <vector>

#include "base/random.hpp"

namespace fluxscope::testing {

[[nodiscard]] float round_bf16(float x);

/// A standard normal number (Box-Muller), rounded to bf16.
[[nodiscard]] float normal_bf16(Random& random);

/// One row in double, and how far an emulation in the kernels' precision is from it.
struct ReferenceRow {
  std::vector<double> o;       // [head_dim]
  double lse = 0;              ///< natural log; -inf without tokens
  double emulation_error = 0;  ///< largest over o: bf16 weights, fp32 sums
};

/// Softmax attention of `q` [head_dim] over the rows `tokens` of k and v [*, head_dim], scale
/// 1 / sqrt(head_dim). Without tokens o = 0.
[[nodiscard]] ReferenceRow reference_row(std::span<float const> q, std::vector<float> const& k,
                                         std::vector<float> const& v,
                                         std::span<std::size_t const> tokens);

/// o within 2x the emulation's error plus half a bf16 step, lse within fp32 rounding.
[[nodiscard]] ::testing::AssertionResult row_matches(std::span<float const> o, float lse,
                                                     ReferenceRow const& want);

}  // namespace fluxscope::testing

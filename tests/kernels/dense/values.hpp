#pragma once
// Random numbers of the tests of kernels/dense, and how near their double reference results must
// be.

#include <cuda_bf16.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/dense/tuning.hpp"

namespace fluxscope::testing {

/// mean + sigma N(0, 1), as bf16 values.
[[nodiscard]] std::vector<float> random_bf16(std::size_t count, std::uint64_t seed,
                                             double sigma = 1, double mean = 0);

[[nodiscard]] std::vector<double> as_double(std::span<float const> values);
[[nodiscard]] std::vector<float> as_float(std::vector<__nv_bfloat16> const& values);
[[nodiscard]] std::vector<std::uint16_t> bits_of(std::vector<__nv_bfloat16> const& values);

/// Of one row: within twice the error of `emulated`, which is computed in the kernel's precision,
/// plus half a bf16 step of the row's largest number. A NaN never passes.
[[nodiscard]] ::testing::AssertionResult row_close(std::span<float const> got,
                                                   std::span<double const> want,
                                                   std::span<float const> emulated);

/// Plain, and as a launch that may start early.
inline constexpr kernels::RowsTuning kPlain{.early = false};
inline constexpr kernels::RowsTuning kEarly{.early = true};

}  // namespace fluxscope::testing

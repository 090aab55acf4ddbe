#include "tests/kernels/attention/reference.hpp"

#include <cuda_bf16.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "tests/close.hpp"

namespace fluxscope::testing {
namespace {

/// Eight sums, so that the compiler may use vector instructions.
double dot(float const* a, float const* b, std::size_t size) {
  std::array<double, 8> sums{};
  for (std::size_t i = 0; i < size; i += sums.size()) {
    for (std::size_t j = 0; j < sums.size(); ++j) {
      sums[j] += static_cast<double>(a[i + j]) * static_cast<double>(b[i + j]);
    }
  }
  double total = 0;
  for (double const sum : sums) total += sum;
  return total;
}

/// o [d] with bf16 weights and fp32 sums, the weights multiplied by `factor` first.
std::vector<float> emulate(std::vector<double> const& weights, double factor,
                           std::vector<float> const& v, std::span<std::size_t const> tokens,
                           std::size_t d) {
  float sum = 0;
  std::vector<float> o(d, 0.0f);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    auto const weight = static_cast<float>(weights[i] * factor);
    float const rounded = round_bf16(weight);
    sum += weight;
    float const* const values = v.data() + tokens[i] * d;
    for (std::size_t c = 0; c < d; ++c) o[c] += rounded * values[c];
  }
  for (float& x : o) x = round_bf16(x / sum);
  return o;
}

}  // namespace

float round_bf16(float x) { return __bfloat162float(__float2bfloat16(x)); }

float normal_bf16(Random& random) {
  double const radius = std::sqrt(-2 * std::log(1 - random.unit()));
  return round_bf16(static_cast<float>(radius * std::cos(2 * std::numbers::pi * random.unit())));
}

ReferenceRow reference_row(std::span<float const> q, std::vector<float> const& k,
                           std::vector<float> const& v, std::span<std::size_t const> tokens) {
  std::size_t const d = q.size();
  ReferenceRow row{.o = std::vector<double>(d, 0.0),
                   .lse = -std::numeric_limits<double>::infinity()};
  if (tokens.empty()) return row;
  std::vector<double> score;
  for (std::size_t const token : tokens) {
    score.push_back(dot(q.data(), k.data() + token * d, d) / std::sqrt(static_cast<double>(d)));
  }
  double const max = *std::max_element(score.begin(), score.end());
  double sum = 0;
  std::vector<double> weights;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    weights.push_back(std::exp(score[i] - max));
    sum += weights[i];
    float const* const values = v.data() + tokens[i] * d;
    for (std::size_t c = 0; c < d; ++c) row.o[c] += weights[i] * static_cast<double>(values[c]);
  }
  row.lse = max + std::log(sum);
  for (std::size_t c = 0; c < d; ++c) row.o[c] /= sum;
  // A kernel subtracts its running maximum, not the row's: the heaviest weight need not be 1, which
  // bf16 holds exactly. The second factor lies between two bf16 numbers.
  for (double const factor : {1.0, 1.0 + 0x1.04p-8}) {
    std::vector<float> const emulated = emulate(weights, factor, v, tokens, d);
    for (std::size_t c = 0; c < d; ++c) {
      double const error = std::abs(static_cast<double>(emulated[c]) - row.o[c]);
      row.emulation_error = std::max(row.emulation_error, error);
    }
  }
  return row;
}

::testing::AssertionResult row_matches(std::span<float const> o, float lse,
                                       ReferenceRow const& want) {
  double largest = 0;
  for (double const x : want.o) largest = std::max(largest, std::abs(x));
  Tolerance const tolerance{.absolute = 2 * want.emulation_error + largest * 0x1.0p-9};
  if (auto const same = all_close(o, want.o, tolerance); !same) {
    return ::testing::AssertionFailure() << "o: " << same.message();
  }
  // fp32 sums of products of bf16 numbers, ex2.approx (2 ulp) and logf (1 ulp).
  auto const same = close(static_cast<double>(lse), want.lse, {.absolute = 1e-5, .relative = 1e-5});
  if (!same) return ::testing::AssertionFailure() << "lse: " << same.message();
  return ::testing::AssertionSuccess();
}

}  // namespace fluxscope::testing

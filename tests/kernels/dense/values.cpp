#include "tests/kernels/dense/values.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "tests/close.hpp"
#include "tests/kernels/attention/reference.hpp"

namespace fluxscope::testing {

std::vector<float> random_bf16(std::size_t count, std::uint64_t seed, double sigma, double mean) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& x : values) {
    x = round_bf16(static_cast<float>(mean + sigma * static_cast<double>(normal_bf16(random))));
  }
  return values;
}

std::vector<double> as_double(std::span<float const> values) {
  return {values.begin(), values.end()};
}

std::vector<float> as_float(std::vector<__nv_bfloat16> const& values) {
  std::vector<float> out;
  out.reserve(values.size());
  for (__nv_bfloat16 const x : values) out.push_back(__bfloat162float(x));
  return out;
}

std::vector<std::uint16_t> bits_of(std::vector<__nv_bfloat16> const& values) {
  std::vector<std::uint16_t> out;
  out.reserve(values.size());
  for (__nv_bfloat16 const x : values) out.push_back(std::bit_cast<std::uint16_t>(x));
  return out;
}

::testing::AssertionResult row_close(std::span<float const> got, std::span<double const> want,
                                     std::span<float const> emulated) {
  if (emulated.size() != want.size()) {
    return ::testing::AssertionFailure() << "the emulation has another size";
  }
  double error = 0;
  double largest = 0;
  for (std::size_t i = 0; i < want.size(); ++i) {
    error = std::max(error, std::abs(static_cast<double>(emulated[i]) - want[i]));
    largest = std::max(largest, std::abs(want[i]));
  }
  return all_close(got, want, {.absolute = 2 * error + largest * 0x1.0p-9});
}

}  // namespace fluxscope::testing

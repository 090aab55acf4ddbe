#include "kernels/dense/rope_append/frequency.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "base/error.hpp"

namespace fluxscope::kernels {
namespace {

double stretched(double frequency, Llama3Scaling const& scaling) {
  double const waves = scaling.original_tokens * frequency / (2 * std::numbers::pi);
  if (waves < scaling.low_factor) return frequency / scaling.factor;
  if (waves > scaling.high_factor) return frequency;
  double const kept = (waves - scaling.low_factor) / (scaling.high_factor - scaling.low_factor);
  return (1 - kept) * frequency / scaling.factor + kept * frequency;
}

}  // namespace

std::vector<float> rope_frequency(std::int32_t head_dim, double theta,
                                  std::optional<Llama3Scaling> const& scaling) {
  if (head_dim <= 0 || head_dim % 2 != 0) {
    throw InputError(fmt::format(
        "head_dim is {} (the rotary embedding turns pairs) use a positive even number", head_dim));
  }
  if (!(std::isfinite(theta) && theta > 1)) {
    throw InputError(fmt::format(
        "rope theta is {} (frequencies fall from 1 to 1 / theta) use a number above 1", theta));
  }
  std::vector<float> frequency;
  for (std::int32_t i = 0; i < head_dim / 2; ++i) {
    double const plain = std::pow(theta, -2.0 * i / head_dim);
    frequency.push_back(static_cast<float>(scaling ? stretched(plain, *scaling) : plain));
  }
  return frequency;
}

}  // namespace fluxscope::kernels

#include "kernels/dense/silu_mul/reference.hpp"

#include <cmath>

#include "base/error.hpp"

namespace fluxscope::kernels {

std::vector<double> silu_mul_reference(std::span<double const> gate_up) {
  expects(gate_up.size() % 2 == 0, "a row holds a gate and an up of the same size");
  std::size_t const size = gate_up.size() / 2;
  std::vector<double> y;
  for (std::size_t i = 0; i < size; ++i) {
    y.push_back(gate_up[i] / (1.0 + std::exp(-gate_up[i])) * gate_up[size + i]);
  }
  return y;
}

}  // namespace fluxscope::kernels

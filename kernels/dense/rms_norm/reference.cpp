#include "kernels/dense/rms_norm/reference.hpp"

#include <cmath>

#include "base/error.hpp"

namespace fluxscope::kernels {

std::vector<double> rms_norm_reference(std::span<double const> x, std::span<double const> weight,
                                       double eps) {
  expects(!x.empty() && x.size() == weight.size(), "a row and its weight have the same size");
  double squares = 0;
  for (double const v : x) squares += v * v;
  double const root = std::sqrt(squares / static_cast<double>(x.size()) + eps);
  std::vector<double> y(x.begin(), x.end());
  for (std::size_t i = 0; i < y.size(); ++i) y[i] *= weight[i] / root;
  return y;
}

}  // namespace fluxscope::kernels

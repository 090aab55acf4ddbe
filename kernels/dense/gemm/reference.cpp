#include "kernels/dense/gemm/reference.hpp"

#include <numeric>

#include "base/error.hpp"

namespace fluxscope::kernels {

std::vector<double> gemm_reference(std::span<double const> x, std::span<double const> w,
                                   plan::GemmShape const& shape) {
  expects(shape.m > 0 && shape.n > 0 && shape.k > 0, "sizes of a product > 0");
  auto const m = static_cast<std::size_t>(shape.m);
  auto const n = static_cast<std::size_t>(shape.n);
  auto const k = static_cast<std::size_t>(shape.k);
  expects(x.size() == m * k && w.size() == n * k, "x is [m, k], w [n, k]");
  std::vector<double> y;
  y.reserve(m * n);
  for (std::size_t row = 0; row < m; ++row) {
    auto const a = x.subspan(row * k, k);
    for (std::size_t column = 0; column < n; ++column) {
      y.push_back(std::inner_product(a.begin(), a.end(),
                                     w.begin() + static_cast<std::ptrdiff_t>(column * k), 0.0));
    }
  }
  return y;
}

}  // namespace fluxscope::kernels

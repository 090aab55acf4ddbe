#include "kernels/dense/embedding/reference.hpp"

#include <limits>

#include "base/error.hpp"

namespace fluxscope::kernels {

std::vector<double> embedding_reference(std::span<std::int32_t const> tokens,
                                        std::span<double const> table, std::int32_t hidden) {
  expects(hidden > 0 && table.size() % static_cast<std::size_t>(hidden) == 0,
          "the table has whole rows");
  auto const width = static_cast<std::size_t>(hidden);
  std::vector<double> y;
  for (std::int32_t const token : tokens) {
    auto const row = static_cast<std::size_t>(token);
    if (token < 0 || row >= table.size() / width) {
      y.insert(y.end(), width, std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    auto const values = table.subspan(row * width, width);
    y.insert(y.end(), values.begin(), values.end());
  }
  return y;
}

}  // namespace fluxscope::kernels

#include "kernels/dense/grid.hpp"

#include <fmt/format.h>

#include <limits>

#include "base/error.hpp"

namespace fluxscope::kernels {

std::int32_t grid_of_rows(std::int64_t rows, std::int64_t ctas_per_row, char const* where) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  if (rows > kMost / ctas_per_row) {
    throw InputError(
        fmt::format("{}: {} rows of {} CTAs each (a launch has at most {} CTAs) "
                    "launch it in parts",
                    where, rows, ctas_per_row, kMost));
  }
  return static_cast<std::int32_t>(rows * ctas_per_row);
}

}  // namespace fluxscope::kernels

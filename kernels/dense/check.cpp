#include "kernels/dense/check.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/error.hpp"

namespace fluxscope::kernels {

void check_size(std::int64_t value, std::int64_t multiple, std::int64_t most, char const* where,
                char const* name) {
  if (value > 0 && value <= most && value % multiple == 0) return;
  throw InputError(fmt::format(
      "{}: {} is {} (rows move in 16-byte pieces and the sizes are bounded) use a multiple of {} "
      "from {} to {}",
      where, name, value, multiple, multiple, most / multiple * multiple));
}

void check_row_count(std::int64_t rows, char const* where, char const* name) {
  if (rows >= 0) return;
  throw InputError(
      fmt::format("{}: {} is {} (it counts rows) pass how many there are", where, name, rows));
}

void check_eps(float eps, char const* where) {
  require(std::isfinite(eps) && eps >= 0, where,
          "eps is negative or not finite (it is added to the mean square) the models use 1e-5 or "
          "1e-6");
}

}  // namespace fluxscope::kernels

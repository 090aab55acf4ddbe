#include "plan/step/step_op.hpp"

#include "base/checked.hpp"
#include "plan/op/element.hpp"

namespace fluxscope::plan {

std::int64_t gemm_flop(GemmShape const& shape) {
  char const* const what = "FLOP of a product";
  return checked_product(2 * shape.m, checked_product(shape.n, shape.k, what), what);
}

std::int64_t gemm_bytes(GemmShape const& shape) {
  char const* const what = "bytes of a product";
  auto const matrix = [&](std::int64_t a, std::int64_t b) {
    return kElementBytes * checked_product(a, b, what);
  };
  return matrix(shape.m, shape.k) + matrix(shape.n, shape.k) + matrix(shape.m, shape.n);
}

}  // namespace fluxscope::plan

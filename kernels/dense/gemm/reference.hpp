#pragma once
// The product in double on the CPU; see kernels/dense/gemm/gemm_plan.hpp.

#include <span>
#include <vector>

#include "plan/step/step_op.hpp"

namespace fluxscope::kernels {

/// x [m, k], w [n, k] -> [m, n] = x w^T. Throws ContractError if the sizes do not match.
[[nodiscard]] std::vector<double> gemm_reference(std::span<double const> x,
                                                 std::span<double const> w,
                                                 plan::GemmShape const& shape);

}  // namespace fluxscope::kernels

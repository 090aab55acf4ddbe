#pragma once
// The SwiGLU activation in double on the CPU; see kernels/dense/silu_mul/launch.hpp.

#include <span>
#include <vector>

namespace fluxscope::kernels {

/// One row: gate_up [2 intermediate] -> [intermediate]. Throws ContractError for an odd size.
[[nodiscard]] std::vector<double> silu_mul_reference(std::span<double const> gate_up);

}  // namespace fluxscope::kernels

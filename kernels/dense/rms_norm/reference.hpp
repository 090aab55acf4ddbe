#pragma once
// RMSNorm in double on the CPU; see kernels/dense/rms_norm/launch.hpp.

#include <span>
#include <vector>

namespace fluxscope::kernels {

/// One row: x / sqrt(mean(x^2) + eps) weight. x and weight [hidden]. Throws ContractError if the
/// sizes differ or are 0.
[[nodiscard]] std::vector<double> rms_norm_reference(std::span<double const> x,
                                                     std::span<double const> weight, double eps);

}  // namespace fluxscope::kernels

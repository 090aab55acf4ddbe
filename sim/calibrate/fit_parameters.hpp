#pragma once
// The fitted numbers of a profile as one vector.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/device/profile.hpp"

namespace fluxscope::sim {

/// saturation_power of every fitted kernel that memory limits: of 2, 3, 4 and 8 the best on cases
/// that no fit saw (docs/measurements/placement.md).
inline constexpr double kSaturationPower = 8;

/// One fitted number. Every one is a time, so a case's simulated time scales with all of them.
struct FitParameter {
  std::string name;                  ///< "decode_split.block_ns", "launch_ns"
  std::optional<plan::LaunchOp> op;  ///< empty: of the case, not of a kernel
  double KernelCost::*cost = nullptr;
  double DeviceProfile::*whole = nullptr;

  [[nodiscard]] double& in(DeviceProfile& profile) const;
  [[nodiscard]] double in(DeviceProfile const& profile) const;
};

/// launch_ns, launch_gap_ns, and each kernel's costs except cta_dispatch_ns, which is read off the
/// SMs' first CTAs and not fitted. Operations that do not split have no split_ns. A kernel limited
/// by compute with one CTA per SM shares with nobody: no shared_block_ns, or a fit that moves one
/// parameter at a time would stand between two that say the same. One kernel per operation. Kernels
/// of another program's decomposition run one tile per CTA, so that only cta_start_ns + tile_ns can
/// be told, which is tile_ns then; they do not split prefill; and a gap between launches is always
/// there with the tile_ns of a merge or the launch_ns of the case, which hold it.
[[nodiscard]] std::vector<FitParameter> fit_parameters(DeviceProfile const& profile);

/// Where a fit starts, from the specification: the tensor cores (what mma.sync can of them, or all)
/// and HBM at 60 and 90 %, a CTA alone at 0.7 of an SM's compute, at 1.3 of its share of the
/// bandwidth; microseconds for the fixed times. ctas_per_sm of `profile` must be set.
void set_start(DeviceProfile& profile);

}  // namespace fluxscope::sim

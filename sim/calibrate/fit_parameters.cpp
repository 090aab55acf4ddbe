#include "sim/calibrate/fit_parameters.hpp"

#include <utility>

#include "base/error.hpp"
#include "plan/layer/decomposition.hpp"

namespace fluxscope::sim {
namespace {

constexpr double kPathsOverMemory = 1.15;  // start of a fit: 2 x 2.65 over 4.6 TB/s of an H200

bool alone_on_sm(KernelProfile const& kernel) {
  return plan::op_row(kernel.op).limit == plan::OpLimit::sm_compute && kernel.ctas_per_sm == 1;
}

/// The kernel's CTAs reach memory by several paths.
bool has_paths(KernelProfile const& kernel, DeviceProfile const& profile) {
  return plan::op_row(kernel.op).limit == plan::OpLimit::device_memory &&
         profile.chip.memory_groups() > 1;
}

/// Of another program's kernels.
bool splits_prefill(DeviceProfile const& profile) {
  auto const* decomposition = plan::decomposition_named(profile.decomposition);
  return decomposition != nullptr && decomposition->splits_prefill;
}

void start_on_tensor_cores(KernelProfile& kernel, DeviceSpec const& spec) {
  auto const flop_per_s = static_cast<double>(spec.matrix_flop_per_s(kernel.instruction));
  double const sm_flop_per_ns = 0.6 * flop_per_s * 1e-9 / spec.sm_count;
  KernelCost& cost = kernel.cost;
  cost.shared_block_ns = reference_block_flop(kernel.op) / sm_flop_per_ns;
  cost.block_ns = cost.shared_block_ns / 0.7;
  if (alone_on_sm(kernel)) cost.block_ns = std::exchange(cost.shared_block_ns, 0);
}

void start_on_memory(KernelProfile& kernel, DeviceSpec const& spec) {
  double const bytes_per_ns = 0.9 * static_cast<double>(spec.hbm_bytes_per_s) * 1e-9;
  KernelCost& cost = kernel.cost;
  cost.shared_block_ns = reference_block_bytes(kernel.op) / bytes_per_ns;
  cost.block_ns = cost.shared_block_ns * spec.sm_count * kernel.ctas_per_sm / 1.3;
  cost.saturation_power = kSaturationPower;
}

}  // namespace

double& FitParameter::in(DeviceProfile& profile) const {
  if (!op) return profile.*whole;
  return profile.kernel(*op).cost.*cost;
}

double FitParameter::in(DeviceProfile const& profile) const {
  if (!op) return profile.*whole;
  return profile.kernel(*op).cost.*cost;
}

std::vector<FitParameter> fit_parameters(DeviceProfile const& profile) {
  bool const foreign = !profile.decomposition.empty();
  std::vector<FitParameter> parameters = {
      {.name = "launch_ns", .whole = &DeviceProfile::launch_ns}};
  if (!foreign) {
    parameters.push_back({.name = "launch_gap_ns", .whole = &DeviceProfile::launch_gap_ns});
  }
  for (KernelProfile const& kernel : profile.kernels) {
    for (CostField const& field : kCostFields) {
      if (field.member == &KernelCost::cta_dispatch_ns) continue;
      if (foreign && field.member == &KernelCost::cta_start_ns) continue;
      if (foreign && field.member == &KernelCost::split_ns &&
          kernel.op == plan::LaunchOp::prefill && !splits_prefill(profile)) {
        continue;
      }
      if (field.member == &KernelCost::split_ns && !plan::op_row(kernel.op).splits) continue;
      if (field.member == &KernelCost::shared_block_ns && alone_on_sm(kernel)) continue;
      if (field.member == &KernelCost::group_block_ns && !has_paths(kernel, profile)) continue;
      parameters.push_back({.name = kernel.name + "." + std::string(field.name),
                            .op = kernel.op,
                            .cost = field.member});
    }
  }
  return parameters;
}

void set_start(DeviceProfile& profile) {
  DeviceSpec const& spec = profile.spec;
  expects(spec.sm_count >= 1 && spec.hbm_bytes_per_s >= 1, "a device has a specification");
  profile.launch_ns = 1000;
  profile.launch_gap_ns = profile.decomposition.empty() ? 1000 : 0;
  for (KernelProfile& kernel : profile.kernels) {
    plan::OpRow const& op = plan::op_row(kernel.op);
    kernel.cost.cta_start_ns = profile.decomposition.empty() ? 500 : 0;
    kernel.cost.tile_ns = 1000;
    kernel.cost.split_ns = op.splits ? 200 : 0;
    bool const compute = op.limit == plan::OpLimit::sm_compute;
    (compute ? start_on_tensor_cores : start_on_memory)(kernel, spec);
    // Two paths carry a little more than the memory together.
    if (has_paths(kernel, profile)) {
      kernel.cost.group_block_ns =
          profile.chip.memory_groups() * kernel.cost.shared_block_ns / kPathsOverMemory;
    }
  }
}

}  // namespace fluxscope::sim

#include "sim/calibrate/fit_parameters.hpp"

#include <utility>

#include "base/error.hpp"

namespace fluxscope::sim {
namespace {

constexpr double kBlockBytes = 2.0 * plan::kBlockTokens * kReferenceHeadDim * 2;  // K and V, bf16
constexpr double kBlockFlop = 4.0 * plan::kBlockTokens * plan::kBlockTokens * kReferenceHeadDim;
constexpr double kPartialBytes = 4.0 * 4 * kReferenceHeadDim;  // 4 query heads x fp32

bool alone_on_sm(DeviceProfile const& profile, plan::LaunchOp op) {
  return rate_domain(op) == RateDomain::sm && profile.kernel(op).ctas_per_sm == 1;
}

}  // namespace

double& FitParameter::in(DeviceProfile& profile) const {
  if (!op) return profile.*whole;
  return profile.kernels[static_cast<std::size_t>(*op)].cost.*cost;
}

double FitParameter::in(DeviceProfile const& profile) const {
  if (!op) return profile.*whole;
  return profile.kernels[static_cast<std::size_t>(*op)].cost.*cost;
}

std::vector<FitParameter> fit_parameters(DeviceProfile const& profile) {
  std::vector<FitParameter> parameters = {
      {.name = "launch_ns", .whole = &DeviceProfile::launch_ns},
      {.name = "launch_gap_ns", .whole = &DeviceProfile::launch_gap_ns}};
  for (std::size_t i = 0; i < profile.kernels.size(); ++i) {
    auto const op = static_cast<plan::LaunchOp>(i);
    for (CostField const& field : kCostFields) {
      bool const splits = op == plan::LaunchOp::prefill || op == plan::LaunchOp::decode;
      if (field.member == &KernelCost::cta_dispatch_ns) continue;
      if (field.member == &KernelCost::split_ns && !splits) continue;
      if (field.member == &KernelCost::shared_block_ns && alone_on_sm(profile, op)) continue;
      parameters.push_back(
          {.name = kernel_name(op, profile.prefill_kernel) + "." + std::string(field.name),
           .op = op,
           .cost = field.member});
    }
  }
  return parameters;
}

void set_start(DeviceProfile& profile) {
  DeviceSpec const& spec = profile.spec;
  expects(spec.sm_count >= 1 && spec.hbm_bytes_per_s >= 1, "a device has a specification");
  profile.launch_ns = 1000;
  profile.launch_gap_ns = 1000;
  for (std::size_t i = 0; i < profile.kernels.size(); ++i) {
    KernelProfile& kernel = profile.kernels[i];
    KernelCost& cost = kernel.cost;
    cost.cta_start_ns = 500;
    cost.tile_ns = 1000;
    cost.split_ns = 200;
    auto const op = static_cast<plan::LaunchOp>(i);
    if (op == plan::LaunchOp::prefill) {
      auto const flop_per_s = static_cast<double>(spec.prefill_flop_per_s(profile.prefill_kernel));
      double const sm_flop_per_ns = 0.6 * flop_per_s * 1e-9 / spec.sm_count;
      cost.shared_block_ns = kBlockFlop / sm_flop_per_ns;
      cost.block_ns = cost.shared_block_ns / 0.7;
      if (alone_on_sm(profile, op)) cost.block_ns = std::exchange(cost.shared_block_ns, 0);
      continue;
    }
    double bytes = kBlockBytes;
    if (op == plan::LaunchOp::gather_kv) bytes *= 2;  // read and written
    if (op == plan::LaunchOp::combine) bytes = kPartialBytes;
    cost.shared_block_ns = bytes / (0.9 * static_cast<double>(spec.hbm_bytes_per_s) * 1e-9);
    cost.block_ns = cost.shared_block_ns * spec.sm_count * kernel.ctas_per_sm / 1.3;
    if (op == plan::LaunchOp::combine) cost.split_ns = 0;
    if (op == plan::LaunchOp::gather_kv) cost.split_ns = 0;
  }
}

}  // namespace fluxscope::sim

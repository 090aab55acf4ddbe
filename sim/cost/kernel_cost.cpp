#include "sim/cost/kernel_cost.hpp"

#include <algorithm>
#include <cmath>

namespace fluxscope::sim {

double block_time_ns(KernelCost const& cost, std::uint32_t in_group, std::uint32_t sharing) {
  double const alone = cost.block_ns;
  double const group = in_group * cost.group_block_ns;
  double const device = sharing * cost.shared_block_ns;
  double const most = std::max({alone, group, device});
  double const p = cost.saturation_power;
  if (p <= 0 || most <= 0) return most;
  double const sum =
      std::pow(alone / most, p) + std::pow(group / most, p) + std::pow(device / most, p);
  return most * std::pow(sum, 1 / p);
}
namespace {

constexpr plan::AttentionShape kReferenceShape{
    .q_heads = 4, .kv_heads = 1, .head_dim = kReferenceHeadDim};

plan::Phase phase_of(plan::OpRow const& row) { return row.phase.value_or(plan::Phase::decode); }

}  // namespace

double reference_block_flop(plan::LaunchOp op) {
  plan::OpRow const& row = plan::op_row(op);
  return static_cast<double>(row.block_flop(kReferenceShape, phase_of(row)));
}

double reference_block_bytes(plan::LaunchOp op) {
  plan::OpRow const& row = plan::op_row(op);
  return static_cast<double>(row.block_bytes(kReferenceShape, phase_of(row)));
}

}  // namespace fluxscope::sim

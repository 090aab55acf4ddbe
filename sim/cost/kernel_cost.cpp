#include "sim/cost/kernel_cost.hpp"

namespace fluxscope::sim {
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

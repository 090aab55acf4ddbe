#pragma once
// Times of the operations of a step that are not attention.

#include "plan/experiment/experiment.hpp"
#include "plan/step/step_op.hpp"
#include "sim/device/profile.hpp"

namespace fluxscope::sim {

/// A time with its 90 % interval; NaN ends where the table is too small to tell.
struct OpTime {
  double time_ns = 0;
  double low_ns = 0;
  double high_ns = 0;
  Standing standing = Standing::calibrated;
};

/// By the tables of the profile: [[gemm]] for products, [[collective]] for all_reduce among
/// `ranks`,
/// [[rows]] for all others. Throws InputError naming the table that the profile lacks, and how to
/// get it.
[[nodiscard]] OpTime op_time(plan::StepOp const& op, std::int32_t ranks,
                             DeviceProfile const& profile);

/// ns of the launch call of `op`. Throws InputError where [launch.host_ns] has none.
[[nodiscard]] double host_ns(plan::LaunchOp op, DeviceProfile const& profile);

/// [launch] of the profile. Throws InputError where it has none.
[[nodiscard]] LaunchCosts const& launch_costs(DeviceProfile const& profile);

/// Throws as above where the profile lacks a table for a step of this shape.
void expect_step_tables(plan::Model const& model, plan::StepShape const& shape,
                        plan::LaunchMode mode, DeviceProfile const& profile);

/// The same of the steps of the experiment.
void expect_step_tables(plan::Experiment const& experiment, DeviceProfile const& profile);

}  // namespace fluxscope::sim

#include "sim/step/op_times.hpp"

#include <set>
#include <utility>

#include "base/error.hpp"
#include "plan/layer/names.hpp"
#include "sim/device/transfer.hpp"

namespace fluxscope::sim {
namespace {

[[noreturn]] void refuse(DeviceProfile const& profile, std::string const& table,
                         std::string const& what) {
  throw InputError("the profile of " + profile.spec.name + " has no " + table + " (" + what +
                   ") measure it on that GPU and add the points: docs/simulator.md, \"Steps\"");
}

/// The table's own points left out in turn, or what rows that no fit saw said.
LeftOut evidence_of(StepTables const& tables, std::string const& table, LeftOut const& own) {
  auto const found = tables.held_out.find(table);
  return found == tables.held_out.end() ? own : found->second;
}

OpTime with_interval(Estimate const& estimate, LeftOut const& evidence, bool transferred) {
  double const spread = transferred ? 1 + kTransferSpreadRatio : 1;
  return {.time_ns = estimate.time_ns,
          .low_ns = estimate.time_ns * evidence.low_ratio / spread,
          .high_ns = estimate.time_ns * evidence.high_ratio * spread,
          .standing = transferred ? Standing::transferred : estimate.standing};
}

/// Weights that no column has are predicted by the nearest's, with the errors of that.
OpTime product_time(plan::GemmShape const& shape, StepTables const& tables) {
  bool const other = !tables.gemm.has_weights(shape.n, shape.k);
  LeftOut evidence = evidence_of(tables, "gemm", tables.gemm.evidence());
  if (other) evidence = evidence_of(tables, "gemm_other_weights", evidence);
  return with_interval(tables.gemm.time(shape), evidence,
                       tables.transferred.contains(kTransferredGemm));
}

/// Of all curves of a table together: one alone has few points.
template <class Key>
LeftOut evidence_of(std::map<Key, RateCurve> const& curves) {
  std::vector<double> ratios;
  for (auto const& [key, curve] : curves) {
    for (double const ratio : curve.left_out_ratios()) ratios.push_back(ratio);
  }
  return left_out(std::move(ratios));
}

template <class Key>
OpTime by_bytes(std::map<Key, RateCurve> const& curves, Key key, plan::StepOp const& op,
                DeviceProfile const& profile, std::string const& table, std::string const& what) {
  auto const found = curves.find(key);
  if (found == curves.end()) refuse(profile, table, what);
  bool const collective = plan::op_row(op.op).form == plan::OpForm::collective;
  LeftOut const evidence =
      evidence_of(profile.step, collective ? "collective" : "rows", evidence_of(curves));
  return with_interval(found->second.time(op.bytes), evidence,
                       profile.step.transferred.contains(plan::to_text(op.op)));
}

using Checked = std::set<std::pair<plan::LaunchOp, plan::LaunchMode>>;  // a table has every size

void expect_tables(plan::Model const& model, plan::StepShape const& shape, plan::LaunchMode mode,
                   DeviceProfile const& profile, Checked& checked) {
  static_cast<void>(launch_costs(profile));
  for (plan::StepOp const& op : plan::make_step(model, shape)) {
    if (!checked.insert({op.op, mode}).second) continue;
    bool const attention = plan::op_row(op.op).counted_as == plan::CountedAs::attention;
    if (!attention) static_cast<void>(op_time(op, shape.ranks, profile));
    if (mode == plan::LaunchMode::eager) static_cast<void>(host_ns(op.op, profile));
  }
}

}  // namespace

OpTime op_time(plan::StepOp const& op, std::int32_t ranks, DeviceProfile const& profile) {
  StepTables const& tables = profile.step;
  std::string const name = plan::to_text(op.op);
  switch (plan::op_row(op.op).form) {
    case plan::OpForm::gemm:
      if (tables.gemm.empty()) refuse(profile, "[[gemm]]", "products are timed by it");
      return product_time(op.gemm, tables);
    case plan::OpForm::collective:
      return by_bytes(tables.collective, ranks, op, profile,
                      "[[collective]] of " + std::to_string(ranks) + " ranks",
                      name + " is timed by it");
    case plan::OpForm::rows:
    case plan::OpForm::tiles:
      return by_bytes(tables.rows, op.op, op, profile, "[[rows]] of op " + name,
                      "it is timed by it");
  }
  throw ContractError("an operation has a form");
}

double host_ns(plan::LaunchOp op, DeviceProfile const& profile) {
  LaunchCosts const& costs = launch_costs(profile);
  auto const found = costs.host_ns.find(op);
  if (found == costs.host_ns.end()) {
    refuse(profile, plan::to_text(op) + " in [launch.host_ns]",
           "a launch call takes the host time");
  }
  return found->second;
}

LaunchCosts const& launch_costs(DeviceProfile const& profile) {
  if (!profile.step.launch) refuse(profile, "[launch]", "launches cost time");
  return *profile.step.launch;
}

void expect_step_tables(plan::Model const& model, plan::StepShape const& shape,
                        plan::LaunchMode mode, DeviceProfile const& profile) {
  Checked checked;
  expect_tables(model, shape, mode, profile, checked);
}

void expect_step_tables(plan::Experiment const& experiment, DeviceProfile const& profile) {
  Checked checked;
  for (plan::Step const& step : experiment.steps) {
    expect_tables(experiment.model, step.shape, step.mode, profile, checked);
  }
}

}  // namespace fluxscope::sim

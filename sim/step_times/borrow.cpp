#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "plan/layer/names.hpp"
#include "sim/device/transfer.hpp"
#include "sim/step_times/calibrate_step_times.hpp"

namespace fluxscope::sim {
namespace {

/// The time of the fewest bytes is a launch's latency, what is above it the memory's.
RateCurve moved(RateCurve const& curve, TransferRatios const& ratios) {
  std::vector<RatePoint> points(curve.points().begin(), curve.points().end());
  double const least_ns = points.front().time_ns;
  for (RatePoint& point : points) {
    point.time_ns = ratios.clock * std::min(point.time_ns, least_ns) +
                    ratios.memory * std::max(0.0, point.time_ns - least_ns);
  }
  return RateCurve(std::move(points));
}

GemmTable moved(GemmTable const& table, DeviceSpec const& from, DeviceSpec const& to) {
  std::vector<GemmPoint> points(table.points().begin(), table.points().end());
  for (GemmPoint& point : points) {
    point.time_ns *= GemmTable::floor_ns(point.shape, point, gemm_rates(to)) /
                     GemmTable::floor_ns(point.shape, point, gemm_rates(from));
  }
  return {std::move(points), gemm_rates(to)};
}

}  // namespace

DeviceProfile with_borrowed_steps(DeviceProfile profile, DeviceProfile const& from) {
  StepTables const& theirs = from.step;
  StepTables& ours = profile.step;
  if (!theirs.launch && theirs.gemm.empty() && theirs.rows.empty() && theirs.collective.empty()) {
    throw InputError("the profile of " + from.spec.name +
                     " has no tables of steps (nothing to take from it) measure them there first: "
                     "docs/simulator.md, \"Steps\"");
  }
  TransferRatios const ratios = transfer_ratios(from.spec, profile.spec);
  std::set<std::string> names;
  if (ours.gemm.empty() && !theirs.gemm.empty()) {
    ours.gemm = moved(theirs.gemm, from.spec, profile.spec);
    names.insert(kTransferredGemm);
  }
  for (auto const& [op, curve] : theirs.rows) {
    if (!ours.rows.try_emplace(op, moved(curve, ratios)).second) continue;
    names.insert(plan::to_text(op));
  }
  if (ours.collective.empty() && !theirs.collective.empty()) {
    for (auto const& [ranks, curve] : theirs.collective) {
      ours.collective[ranks] = moved(curve, ratios);
    }
    names.insert(plan::to_text(plan::LaunchOp::all_reduce));
  }
  if (!ours.launch && theirs.launch) {
    ours.launch = theirs.launch;
    for (double LaunchCosts::*gap : {&LaunchCosts::eager_gap_ns, &LaunchCosts::eager_start_ns,
                                     &LaunchCosts::graph_gap_ns, &LaunchCosts::graph_start_ns}) {
      *ours.launch.*gap *= ratios.clock;
    }
    names.insert(kTransferredLaunch);
  }
  if (names.empty()) return profile;
  ours.transferred.insert(names.begin(), names.end());
  ours.transferred_from = from.spec.name;
  return profile;
}

}  // namespace fluxscope::sim

#include "sim/step/step_time.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.hpp"
#include "sim/device/interval.hpp"

namespace fluxscope::sim {
namespace {

StepTimeline timeline(plan::LaunchMode mode, std::span<OpTime const> times,
                      std::span<double const> hosts_ns, double OpTime::*which,
                      DeviceProfile const& profile) {
  std::vector<TimedLaunch> timed;
  timed.reserve(times.size());
  for (std::size_t i = 0; i < times.size(); ++i) timed.push_back({times[i].*which, hosts_ns[i]});
  return step_timeline(mode, timed, launch_costs(profile));
}

}  // namespace

Standing standing_from(std::string const& word) {
  for (auto const standing : {Standing::calibrated, Standing::interpolated, Standing::extrapolated,
                              Standing::transferred}) {
    if (to_text(standing) == word) return standing;
  }
  throw ContractError("'" + word + "' is no standing of a prediction");
}

OpTime const& OpTimeBook::of(plan::StepOp const& op, std::int32_t ranks) {
  Key const key{op.op, ranks, op.gemm.m, op.gemm.n, op.gemm.k, op.bytes};
  auto found = known_.find(key);
  if (found == known_.end()) found = known_.emplace(key, op_time(op, ranks, profile_)).first;
  return found->second;
}

OpTime layer_launch_time(double time_ns, plan::Phase phase, Standing standing,
                         DeviceProfile const& profile) {
  RatioInterval const interval = prediction_interval(profile.phase(phase), to_text(standing));
  return {.time_ns = time_ns,
          .low_ns = time_ns * interval.low,
          .high_ns = time_ns * interval.high,
          .standing = standing};
}

StepTime step_time(plan::LaunchMode mode, std::span<plan::LaunchOp const> ops,
                   std::span<OpTime const> times, DeviceProfile const& profile) {
  expects(ops.size() == times.size(), "each launch has a time");
  std::vector<double> hosts_ns(ops.size(), 0);
  if (mode == plan::LaunchMode::eager) {
    for (std::size_t i = 0; i < ops.size(); ++i) hosts_ns[i] = host_ns(ops[i], profile);
  }
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  StepTime step{.total = {.low_ns = kNone, .high_ns = kNone},
                .likely = timeline(mode, times, hosts_ns, &OpTime::time_ns, profile)};
  step.total.time_ns = step.likely.time_ns;
  if (profile.step.transferred.contains(kTransferredLaunch)) {
    step.total.standing = Standing::transferred;
  }
  bool whole = true;  // every launch has an interval
  for (OpTime const& one : times) {
    step.total.standing = worse(step.total.standing, one.standing);
    whole = whole && std::isfinite(one.low_ns) && std::isfinite(one.high_ns);
  }
  if (whole) {
    step.total.low_ns = timeline(mode, times, hosts_ns, &OpTime::low_ns, profile).time_ns;
    step.total.high_ns = timeline(mode, times, hosts_ns, &OpTime::high_ns, profile).time_ns;
  }
  return step;
}

}  // namespace fluxscope::sim

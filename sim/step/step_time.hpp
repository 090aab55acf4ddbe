#pragma once
// The time of a step from those of its launches: for simulated traces, and for replays.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <tuple>

#include "plan/op/phase.hpp"
#include "plan/step/launch_mode.hpp"
#include "sim/step/op_times.hpp"
#include "sim/step/timeline.hpp"

namespace fluxscope::sim {

/// The value that a word of `provenance` spells. Throws ContractError for another.
[[nodiscard]] Standing standing_from(std::string const& word);

/// op_time() of a profile; the same products and rows come again in every layer and step.
class OpTimeBook {
 public:
  /// `profile` outlives it.
  explicit OpTimeBook(DeviceProfile const& profile) : profile_(profile) {}
  /// Throws InputError as op_time() does. The reference stays valid.
  [[nodiscard]] OpTime const& of(plan::StepOp const& op, std::int32_t ranks);

 private:
  using Key = std::tuple<plan::LaunchOp, std::int32_t, std::int64_t, std::int64_t, std::int64_t,
                         std::int64_t>;
  DeviceProfile const& profile_;
  std::map<Key, OpTime> known_;
};

/// A launch of a layer's attention that takes `time_ns`, within the phase's 90 % interval.
[[nodiscard]] OpTime layer_launch_time(double time_ns, plan::Phase phase, Standing standing,
                                       DeviceProfile const& profile);

struct StepTime {
  /// The interval has every launch at the same end of its own: it is the widest there can be. NaN
  /// ends where a launch has none. The standing is the worst, that of the launch costs included.
  OpTime total;
  StepTimeline likely;
};

/// `ops` and `times`: of the launches in stream order. Throws InputError where the profile lacks
/// what launching costs.
[[nodiscard]] StepTime step_time(plan::LaunchMode mode, std::span<plan::LaunchOp const> ops,
                                 std::span<OpTime const> times, DeviceProfile const& profile);

}  // namespace fluxscope::sim

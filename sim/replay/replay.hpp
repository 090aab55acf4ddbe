#pragma once
// A mix replayed on one GPU.

#include "sim/device/profile.hpp"
#include "traces/replay/replay.hpp"
#include "workload/mix/mix.hpp"

namespace fluxscope::sim {

struct ReplayOptions {
  bool break_evens = true;  ///< of each policy's quickest run, which takes as long as many tasks
};

/// Every policy of the mix, under each of its executions, schedulers and launch modes, over each
/// task and the whole mix; full attention is added where the mix has none. A request's first token
/// comes with the prefill of its batch, `output_tokens` - 1 decode steps follow at growing
/// contexts. Shows its progress. Throws InputError as simulate() does. Creation and command line
/// are the caller's.
[[nodiscard]] traces::Replay replay_mix(workload::Mix mix, DeviceProfile const& profile,
                                        ReplayOptions const& options = {});

}  // namespace fluxscope::sim

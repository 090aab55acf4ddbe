#pragma once

#include "workload/mix/mix.hpp"

namespace fluxscope::workload {

/// A question without a file: these decisions, at this context.
struct TryRequest {
  std::string gates;  ///< a file, see plan::read_gate_file()
  plan::Model model;
  std::int64_t context_tokens = 0;
  std::int32_t batch = 1;
  plan::Selection sparse;  ///< of what is not full
};

/// The seed of try_mix()'s baseline.
inline constexpr std::uint64_t kTrySeed = 1;

/// A mix of one task, a prompt of `context_tokens` and two tokens of output, and two policies: the
/// decisions, and as many full (layer, KV head) pairs drawn at the other level under kTrySeed (for
/// decisions per head the nearest whole layers), which says its note. Head level has every
/// execution. K and V that nothing reads are not held. Throws InputError as read_gate_file() does,
/// and where the file's requests do not fill batches.
[[nodiscard]] Mix try_mix(TryRequest const& request);

}  // namespace fluxscope::workload

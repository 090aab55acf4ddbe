#pragma once
// From which context a policy pays.

#include <functional>
#include <vector>

#include "sim/replay/replayer.hpp"
#include "traces/replay/replay.hpp"

namespace fluxscope::sim {

/// Contexts of a break-even: powers of two from 1K to 1M tokens; up to the longest whose weights
/// and KV, every head full, fit the GPU together.
[[nodiscard]] std::vector<std::int64_t> break_even_contexts(plan::Model const& model,
                                                            std::int32_t batch,
                                                            std::int64_t memory_bytes);

/// Both phases of `variant` against those of the quickest of `full` at each context. `done` is
/// called behind each context. Labels are the caller's.
[[nodiscard]] std::vector<traces::BreakEvenRow> break_evens(
    Replayer& replayer, Variant const& variant, std::vector<Variant> const& full,
    std::vector<std::int64_t> const& contexts, std::function<void()> const& done);

}  // namespace fluxscope::sim

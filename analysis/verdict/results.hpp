#pragma once
// What a report says first: each policy's own result, then head level against layer level.

#include <span>
#include <string>
#include <vector>

#include "analysis/verdict/verdict.hpp"

namespace fluxscope::analysis {

/// One result per shape, policy and MSR, in the order of `rows`, which are sorted as
/// Verdict::rows. Rows without a time are left out, and a policy that has no other.
[[nodiscard]] std::vector<BestRuns> policy_results(std::span<VerdictRow const> rows,
                                                   IntervalKind kind);

/// Per shape and MSR the quickest layer row with the head rows that select the same KV within
/// kEqualKvTolerance; none where there is no such head row.
[[nodiscard]] std::vector<Headline> head_against_layer(std::span<VerdictRow const> rows,
                                                       IntervalKind kind);

/// "balanced/longest_first", with "and 2 more within 2 %" where other runs are equal to it.
[[nodiscard]] std::string runs_text(std::span<VerdictRow const> rows, BestRuns const& runs);

/// "persistent", with a star where the time depends on placement: see placement_note().
[[nodiscard]] std::string scheduler_text(VerdictRow const& row);
/// "execution/scheduler", with the same star.
[[nodiscard]] std::string run_text(VerdictRow const& row);

}  // namespace fluxscope::analysis

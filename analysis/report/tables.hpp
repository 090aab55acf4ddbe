#pragma once
// Tables that the terminal and Markdown share.

#include "analysis/verdict/verdict.hpp"
#include "base/terminal/text_table.hpp"

namespace fluxscope::analysis {

/// Each policy's own result, a line per phase, batch, context, policy and MSR.
[[nodiscard]] TextTable policy_table(Verdict const& verdict);
/// Every row of the verdict.
[[nodiscard]] TextTable row_table(Verdict const& verdict);
/// Head level against layer level, a line per headline.
[[nodiscard]] TextTable headline_table(Verdict const& verdict);

/// What the intervals of the verdict are, in a sentence or two.
[[nodiscard]] std::string interval_sentence(IntervalKind kind);

}  // namespace fluxscope::analysis

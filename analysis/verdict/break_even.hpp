#pragma once

#include <string>
#include <vector>

namespace fluxscope::analysis {

struct Verdict;

/// Sentences that name, for each phase, batch, MSR and level, the context from which on the
/// quickest row beats the quickest full row, and where head level overtakes layer level, by
/// break_even() (base/speedup.hpp); where it does not at the longest context, whether the two are
/// equal (order_of) or it is slower.
[[nodiscard]] std::vector<std::string> break_even_notes(Verdict const& verdict);

}  // namespace fluxscope::analysis

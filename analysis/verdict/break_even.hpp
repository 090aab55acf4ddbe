#pragma once

#include <string>
#include <vector>

namespace fluxscope::analysis {

struct Verdict;

/// Times closer than this count as equal: medians of two runs of the same experiment differ by as
/// much.
inline constexpr double kEqualTimesRatio = 0.02;

/// Sentences that name, for each phase, batch, MSR and level, the shortest measured context from
/// which on the quickest row beats the quickest full row by more than kEqualTimesRatio, and where
/// head level overtakes layer level. Nothing is interpolated between contexts.
[[nodiscard]] std::vector<std::string> break_even_notes(Verdict const& verdict);

}  // namespace fluxscope::analysis

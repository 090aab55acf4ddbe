#pragma once
// What a policy's scores leave to chance.

#include <span>
#include <string>
#include <vector>

#include "analysis/verdict/verdict.hpp"

namespace fluxscope::analysis {

/// A sentence per policy and MSR whose full heads were drawn among tied scores, in the order of the
/// rows: how many tie and under which seed. Another seed is another choice, with other times.
[[nodiscard]] std::vector<std::string> tie_notes(std::span<VerdictRow const> rows);

}  // namespace fluxscope::analysis

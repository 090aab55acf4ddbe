#pragma once

#include <string>
#include <vector>

#include "analysis/verdict/verdict.hpp"

namespace fluxscope::analysis {

/// A sentence for each policy result whose speed-up is beyond_ideal() (base/speedup.hpp), with the
/// part of its waterfall that lies furthest below that of full attention. In the order of
/// Verdict::policies.
[[nodiscard]] std::vector<std::string> beyond_ideal_notes(Verdict const& verdict);

}  // namespace fluxscope::analysis

#pragma once

#include <string>

#include "base/output/file_kind.hpp"
#include "sim/sweep/file.hpp"

namespace fluxscope::sim {

/// One line per GPU, phase, batch, policy and MSR > 0: break_even() (base/speedup.hpp) of the
/// quickest execution, scheduler and seed of each context, and at the longest context that one and
/// the slowest. All speed-ups are over the quickest full run (FullReference). Times in
/// ms, from-to is the 90 % interval of the profile. Where the slowest is within kEqualTimesRatio of
/// the quickest, "best" says so.
[[nodiscard]] std::string sweep_summary_text(SweepTable const& table);
/// What the file of sweep_summary_csv() is told by.
[[nodiscard]] FileKind summary_kind();

/// The same with full numbers.
[[nodiscard]] std::string sweep_summary_csv(SweepTable const& table);

}  // namespace fluxscope::sim

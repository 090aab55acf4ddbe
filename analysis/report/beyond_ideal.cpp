#include "analysis/report/beyond_ideal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/format.hpp"
#include "analysis/verdict/results.hpp"
#include "base/speedup.hpp"
#include "base/terminal/number_text.hpp"

namespace fluxscope::analysis {
namespace {

/// "; most of it is tail_ns, -3.1 us", or empty where the budgets are unknown.
std::string cause_text(Waterfall const& waterfall) {
  if (!waterfall.known) return {};
  auto const least = std::min_element(waterfall.parts_ns.begin(), waterfall.parts_ns.end());
  if (!(*least < 0)) return {};
  auto const part = static_cast<std::size_t>(least - waterfall.parts_ns.begin());
  return fmt::format("; most of it is {}, {}", waterfall_formulas()[part].name, time_text(*least));
}

std::string note_of(VerdictRow const& row) {
  return fmt::format(
      "{}, batch {}, {} tokens, MSR {}: {} ({}) is {} as quick as full attention where its work "
      "allows {}: full attention's own launches lose more time beside its blocks{}.",
      row.row.phase, row.row.batch, tokens_text(row.row.kv_len),
      number_text("{:g}", row.row.msr_ratio), row.row.policy, run_text(row),
      speedup_text(row.speedup_best_full), speedup_text(row.ideal_speedup),
      cause_text(row.waterfall));
}

}  // namespace

std::vector<std::string> beyond_ideal_notes(Verdict const& verdict) {
  std::vector<std::string> notes;
  for (auto const& policy : verdict.policies) {
    VerdictRow const& row = verdict.rows[policy.best_row];
    if (!row.speedup_best_full || row.row.level == "full") continue;
    if (beyond_ideal(*row.speedup_best_full, row.ideal_speedup)) notes.push_back(note_of(row));
  }
  return notes;
}

}  // namespace fluxscope::analysis

#include "analysis/verdict/ties.hpp"

#include <fmt/format.h>

#include <unordered_set>

namespace fluxscope::analysis {

std::vector<std::string> tie_notes(std::span<VerdictRow const> rows) {
  std::vector<std::string> notes;
  std::unordered_set<std::string> said;
  for (VerdictRow const& one : rows) {
    traces::RowRecord const& row = one.row;
    if (row.tied_kv_heads == 0) continue;
    auto note =
        fmt::format("{} at MSR {:g}: {} KV heads tie at the cut; chosen at random under seed {}.",
                    row.policy, row.msr_ratio, row.tied_kv_heads, row.tie_seed);
    if (said.insert(note).second) notes.push_back(std::move(note));
  }
  return notes;
}

}  // namespace fluxscope::analysis

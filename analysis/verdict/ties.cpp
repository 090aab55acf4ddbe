#include "analysis/verdict/ties.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fluxscope::analysis {

std::vector<std::string> tie_notes(std::span<VerdictRow const> rows) {
  std::vector<std::string> notes;
  for (VerdictRow const& one : rows) {
    traces::RowRecord const& row = one.row;
    if (row.tied_kv_heads == 0) continue;
    auto note =
        fmt::format("{} at MSR {:g}: {} KV heads tie at the cut; chosen at random under seed {}.",
                    row.policy, row.msr_ratio, row.tied_kv_heads, row.tie_seed);
    if (std::find(notes.begin(), notes.end(), note) == notes.end())
      notes.push_back(std::move(note));
  }
  return notes;
}

}  // namespace fluxscope::analysis

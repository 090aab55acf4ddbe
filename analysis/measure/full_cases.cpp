#include "analysis/measure/full_cases.hpp"

#include <cmath>

#include "base/error.hpp"

namespace fluxscope::analysis {
namespace {

bool is_full_layer(traces::CaseRecord const& record) {
  return record.full_kv_heads == std::int64_t{record.batch} * record.kv_heads &&
         record.execution == "layer_uniform";
}

}  // namespace

FullCases::FullCases(traces::Trace const& trace) : trace_(trace) {
  for (std::uint32_t id = 0; id < trace.cases.size(); ++id) {
    auto const& record = trace.cases[id];
    if (!is_full_layer(record) || record.selected_blocks <= 0) continue;
    auto& [of_scheduler, quickest] = counterparts_[work_of(record)];
    of_scheduler.try_emplace(record.scheduler, id);
    if (!std::isfinite(record.time_ns)) continue;
    if (!quickest || record.time_ns < trace.cases[*quickest].time_ns) quickest = id;
  }
}

std::optional<std::uint32_t> FullCases::of(std::uint32_t case_id) const {
  expects(case_id < trace_.cases.size(), "case_id names a case");
  auto const& record = trace_.cases[case_id];
  if (is_full_layer(record)) return case_id;
  auto const found = counterparts_.find(work_of(record));
  if (found == counterparts_.end()) return std::nullopt;
  auto const& [of_scheduler, quickest] = found->second;
  auto const same = of_scheduler.find(record.scheduler);
  return same == of_scheduler.end() ? quickest : same->second;
}

FullCases::Work FullCases::work_of(traces::CaseRecord const& record) {
  return {record.phase,   record.batch,    record.q_len,    record.kv_len,
          record.q_heads, record.kv_heads, record.head_dim, record.full_blocks};
}

}  // namespace fluxscope::analysis

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>

#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// Finds the full counterpart of a case: same phase, batch, lengths and full work, every head full,
/// execution layer_uniform, same scheduler; failing that the quickest of another scheduler, which
/// the waterfall's note names. The lowest case_id wins. Keeps a reference to the trace.
class FullCases {
 public:
  explicit FullCases(traces::Trace const& trace);

  /// nullopt: none in the trace.
  [[nodiscard]] std::optional<std::uint32_t> of(std::uint32_t case_id) const;

 private:
  /// Phase, batch, q_len, kv_len, q_heads, kv_heads, head_dim, full_blocks.
  using Work = std::tuple<std::string_view, std::int32_t, std::int32_t, std::int32_t, std::int32_t,
                          std::int32_t, std::int32_t, std::int64_t>;
  struct Counterparts {
    std::map<std::string_view, std::uint32_t> of_scheduler;
    std::optional<std::uint32_t> quickest;  ///< of those with a time
  };

  [[nodiscard]] static Work work_of(traces::CaseRecord const& record);

  traces::Trace const& trace_;
  std::map<Work, Counterparts> counterparts_;
};

}  // namespace fluxscope::analysis

#include "runs/launch/keep_rule.hpp"

#include <algorithm>

namespace fluxscope::runs {

KeepRule keep_rule(plan::MeasureSettings const& settings, std::int32_t kv_len,
                   std::int32_t grid_ctas, std::int32_t threads_per_cta) {
  auto const& contexts = settings.keep_contexts;
  if (!contexts.empty() && std::find(contexts.begin(), contexts.end(), kv_len) == contexts.end()) {
    return {};
  }
  std::int64_t const warps = std::int64_t{grid_ctas} * threads_per_cta / 32;
  return {.ctas = grid_ctas <= settings.keep_cta_rows, .warps = warps <= settings.keep_warp_rows};
}

}  // namespace fluxscope::runs

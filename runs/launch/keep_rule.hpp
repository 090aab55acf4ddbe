#pragma once

#include <cstdint>

#include "plan/experiment/experiment.hpp"

namespace fluxscope::runs {

/// Which rows of one launch go into the trace. /sm and /tile_times always do.
struct KeepRule {
  bool ctas = false;  ///< /cta, /work and /tiles
  bool warps = false;
};

/// CTA rows: grid_ctas <= keep_cta_rows; warp rows: the grid's warps <= keep_warp_rows; and kv_len
/// among keep_contexts, where that is not empty.
[[nodiscard]] KeepRule keep_rule(plan::MeasureSettings const& settings, std::int32_t kv_len,
                                 std::int32_t grid_ctas, std::int32_t threads_per_cta);

}  // namespace fluxscope::runs

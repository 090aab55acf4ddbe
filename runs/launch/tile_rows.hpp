#pragma once

#include <cstdint>
#include <vector>

#include "plan/layer/work_list.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::runs {

/// The /tiles rows of launch `launch_index` of a case: one per tile of `list`, in its order.
[[nodiscard]] std::vector<traces::TileRow> tile_rows(std::uint32_t case_id,
                                                     std::uint32_t launch_index,
                                                     plan::WorkList const& list);

}  // namespace fluxscope::runs

#include "plan/layer/selection.hpp"

#include "base/error.hpp"

namespace fluxscope::plan {

BlockRanges selected_ranges(Selection const& selection, std::int32_t q_len, std::int32_t kv_len,
                            std::int32_t q_block) {
  expects(selection.kind != SelectionKind::blocks, "a block list has no ranges");
  return range_rule(selection, q_len, kv_len, q_block);
}

}  // namespace fluxscope::plan

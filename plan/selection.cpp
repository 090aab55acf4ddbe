#include "plan/selection.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace fluxscope::plan {

std::int32_t visible_blocks(std::int32_t q_len, std::int32_t kv_len, std::int32_t q_block) {
  std::int64_t const last_row =
      std::min<std::int64_t>(q_len, std::int64_t{kBlockTokens} * (q_block + 1)) - 1;
  return blocks_of(std::int64_t{kv_len} - q_len + last_row + 1);
}

BlockRanges selected_ranges(Selection const& selection, std::int32_t q_len, std::int32_t kv_len,
                            std::int32_t q_block) {
  expects(selection.kind != SelectionKind::blocks, "a block list has no ranges");
  std::int32_t const visible = visible_blocks(q_len, kv_len, q_block);
  bool const last_rows =
      selection.kind == SelectionKind::triangle &&
      std::int64_t{kBlockTokens} * (q_block + 1) > std::int64_t{q_len} - selection.last_tokens;
  if (selection.kind == SelectionKind::full || last_rows) return {.kv_count = visible};
  std::int32_t const local = std::min(blocks_of(selection.local_tokens), visible);
  std::int32_t const local_begin = visible - local;
  std::int32_t const sink = std::min(blocks_of(selection.sink_tokens), local_begin);
  if (sink == local_begin) return {.kv_count = visible};  // the ranges touch: one range
  return {.sink_begin = 0, .sink_count = sink, .kv_begin = local_begin, .kv_count = local};
}

}  // namespace fluxscope::plan

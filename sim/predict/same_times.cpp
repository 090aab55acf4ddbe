#include "sim/predict/same_times.hpp"

#include <initializer_list>

#include "plan/layer/kv_sections.hpp"
#include "plan/layer/schedule.hpp"

namespace fluxscope::sim {
namespace {

std::int32_t whole(std::int32_t tokens) { return plan::blocks_of(tokens) * plan::kBlockTokens; }

std::vector<std::int32_t> sections(CaseRow const& row, std::int64_t section_bytes) {
  std::vector const batch(static_cast<std::size_t>(row.batch),
                          plan::SequenceShape{row.q_len, row.kv_len});
  return plan::kv_sections(row.shape, batch, section_bytes);
}

}  // namespace

CaseRow in_whole_blocks(CaseRow const& row, plan::DeviceSlots const& slots) {
  CaseRow rounded = row;
  if (slots.decomposition != nullptr) {
    // Others' query tiles, windows and copies count tokens; only a decode row's blocks do not.
    bool const full = row.sparse.kind == plan::SelectionKind::full;
    if (full && row.phase == plan::Phase::decode) rounded.kv_len = whole(row.kv_len);
    return rounded;
  }
  rounded.sparse.sink_tokens = whole(row.sparse.sink_tokens);
  rounded.sparse.local_tokens = whole(row.sparse.local_tokens);
  rounded.kv_len = whole(row.kv_len);
  if (row.phase == plan::Phase::decode) return rounded;
  if (row.sparse.kind == plan::SelectionKind::triangle) return row;
  // Query block i sees ceil((kv_len - q_len) / 128) + i + 1 blocks, the last one those of kv_len.
  rounded.q_len = whole(row.q_len);
  if (plan::blocks_of(row.kv_len - row.q_len) * plan::kBlockTokens + rounded.q_len !=
      rounded.kv_len) {
    rounded.q_len -= plan::kBlockTokens - 1;
  }
  if (plan::orders_by_section(row.scheduler) &&
      sections(row, slots.kv_section_bytes) != sections(rounded, slots.kv_section_bytes)) {
    return row;
  }
  return rounded;
}

std::string key_of(CaseRow const& row) {
  std::string key;
  for (std::int32_t const value :
       {static_cast<std::int32_t>(row.phase), row.batch, row.q_len, row.kv_len, row.shape.q_heads,
        row.shape.kv_heads, row.shape.head_dim, static_cast<std::int32_t>(row.sparse.kind),
        row.sparse.sink_tokens, row.sparse.local_tokens, row.sparse.last_tokens,
        static_cast<std::int32_t>(row.execution), static_cast<std::int32_t>(row.scheduler)}) {
    key.append(reinterpret_cast<char const*>(&value), sizeof(value));
  }
  key.append(row.full_heads.begin(), row.full_heads.end());
  return key + row.kernel;
}

}  // namespace fluxscope::sim

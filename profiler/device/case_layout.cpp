#include "profiler/device/case_layout.hpp"

#include <algorithm>

#include "kernels/attention/params.hpp"
#include "plan/layer/tile.hpp"

namespace fluxscope::profiler {
namespace {

constexpr std::int64_t kElementBytes = 2;  // bf16
constexpr std::int64_t kMaxCopies = 256;   // as many as a sample has executions

std::int64_t whole_blocks(std::int64_t tokens) {
  return (tokens + plan::kBlockTokens - 1) / plan::kBlockTokens;
}

/// Decode tiles load each block once. Prefill rows share blocks: there only the longest tile is
/// counted, which keeps the sum a lower bound.
std::int64_t touched_kv_bytes(plan::LayerPlan const& plan, plan::LayerWork const& work) {
  std::int64_t const block_bytes =
      std::int64_t{2} * plan::kBlockTokens * plan.shape.head_dim * kElementBytes;
  if (plan.phase == plan::Phase::decode) return work.visited_blocks * block_bytes;
  std::int64_t longest = 0;
  for (plan::WorkList const& list : work.launches) {
    if (list.op != plan::LaunchOp::prefill) continue;
    for (plan::Tile const& tile : list.tiles) {
      longest = std::max<std::int64_t>(longest, plan::visited_blocks(tile));
    }
  }
  return longest * block_bytes;
}

}  // namespace

CaseLayout make_case_layout(plan::LayerPlan const& plan, plan::LayerWork const& work) {
  CaseLayout layout;
  layout.paged = !work.kv.page_table.empty();
  bool const gathers = plan.execution == plan::Execution::gather;
  layout.contiguous = !layout.paged || gathers;
  std::int64_t const row_elements = std::int64_t{plan.shape.q_heads} * plan.shape.head_dim;
  for (plan::SequenceShape const& sequence : plan.sequences) {
    SequencePlace place{.q_row_begin = layout.rows};
    layout.rows += sequence.q_len;
    if (layout.contiguous) {
      place.kv_offset = layout.cache_elements;
      place.kv_head_stride =
          whole_blocks(sequence.kv_len) * plan::kBlockTokens * plan.shape.head_dim;
      layout.cache_elements += place.kv_head_stride * plan.shape.kv_heads;
    }
    layout.sequences.push_back(place);
  }
  layout.q_elements = layout.rows * row_elements;
  if (layout.paged) {
    layout.page_elements = std::int64_t{work.kv.pages} * plan::kBlockTokens * plan.shape.head_dim;
  }
  std::int64_t const slot_rows =
      plan.phase == plan::Phase::prefill ? kernels::kPrefillSlotRows : kernels::kDecodeSlotRows;
  for (plan::WorkList const& list : work.launches) {
    layout.partial_rows = std::max(layout.partial_rows, list.partial_slots * slot_rows);
  }
  layout.touched_bytes =
      touched_kv_bytes(plan, work) + 2 * layout.q_elements * kElementBytes;  // q and o
  return layout;
}

CopyCount choose_copies(CaseLayout const& layout, std::int64_t l2_bytes,
                        std::int64_t memory_bytes) {
  std::int64_t const touched = std::max<std::int64_t>(layout.touched_bytes, 1);
  std::int64_t const wanted = std::max<std::int64_t>((2 * l2_bytes + touched - 1) / touched, 1);
  std::int64_t const fitting =
      std::max<std::int64_t>(memory_bytes / std::max<std::int64_t>(layout.copy_bytes(), 1), 1);
  std::int64_t const copies = std::min({wanted, fitting, kMaxCopies});
  return {static_cast<std::uint32_t>(copies), copies >= wanted};
}

}  // namespace fluxscope::profiler

#include "runs/cases/layout.hpp"

#include <algorithm>

#include "plan/layer/partial_slot.hpp"
#include "plan/layer/tile.hpp"

namespace fluxscope::runs {
namespace {

constexpr std::int64_t kHalfBytes = 2;  // bf16
constexpr std::int64_t kFloatBytes = 4;

std::int64_t whole_blocks(std::int64_t tokens) {
  return (tokens + plan::kBlockTokens - 1) / plan::kBlockTokens;
}

/// Decode tiles load each block once. Prefill rows share blocks: there only the longest tile is
/// counted, which keeps the sum a lower bound.
std::int64_t touched_kv_bytes(plan::LayerPlan const& plan, plan::LayerWork const& work) {
  std::int64_t const block_bytes =
      std::int64_t{2} * plan::kBlockTokens * plan.shape.head_dim * kHalfBytes;
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

std::int64_t table_bytes(plan::LayerWork const& work) {
  std::size_t bytes = work.kv.page_table.size() * sizeof(std::int32_t);
  for (plan::WorkList const& list : work.launches) {
    bytes += list.tiles.size() * sizeof(plan::Tile) +
             list.block_list.size() * sizeof(std::uint32_t) +
             list.cta_begin.size() * sizeof(std::int32_t);
  }
  return static_cast<std::int64_t>(bytes);
}

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
  layout.lse_elements = layout.rows * plan.shape.q_heads;
  std::int64_t const slot_rows = plan::partial_slot_rows(plan.phase);
  for (plan::WorkList const& list : work.launches) {
    layout.partial_rows = std::max(layout.partial_rows, list.partial_slots * slot_rows);
  }
  layout.partial_elements = layout.partial_rows * plan.shape.head_dim;
  layout.table_bytes = table_bytes(work);
  layout.touched_bytes =
      touched_kv_bytes(plan, work) + 2 * layout.q_elements * kHalfBytes;  // q and o
  return layout;
}

CaseBytes case_bytes(CaseLayout const& layout) {
  return {.kv = layout.kv_elements() * kHalfBytes,
          .queries = 2 * layout.q_elements * kHalfBytes + layout.lse_elements * kFloatBytes,
          .partials = (layout.partial_elements + layout.partial_rows) * kFloatBytes,
          .tables = layout.table_bytes};
}

std::string gigabytes(std::int64_t bytes) {
  return std::to_string(bytes / 1'000'000'000) + "." + std::to_string(bytes / 100'000'000 % 10) +
         " GB";
}

std::string memory_problem(CaseBytes const& needed, std::int64_t memory_bytes) {
  return "one layer needs " + to_text(needed) + " of device memory (the GPU has " +
         gigabytes(memory_bytes);
}

std::string to_text(CaseBytes const& bytes) {
  return gigabytes(bytes.total()) + " (K and V " + gigabytes(bytes.kv) + ", q, o and lse " +
         gigabytes(bytes.queries) + ", partial results " + gigabytes(bytes.partials) + ", tables " +
         gigabytes(bytes.tables) + ")";
}

}  // namespace fluxscope::runs

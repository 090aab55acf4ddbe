#include "plan/layer/kv_layout.hpp"

#include <algorithm>

#include "base/checked.hpp"
#include "plan/layer/tile_rows.hpp"

namespace fluxscope::plan {
namespace {

std::int64_t all_blocks(LayerPlan const& plan) {
  std::int64_t blocks = 0;
  for (auto const& sequence : plan.sequences) blocks += blocks_of(sequence.kv_len);
  return blocks * plan.shape.kv_heads;
}

/// Gives the held blocks of every head of one class consecutive pages.
void assign_pages(LayerPlan const& plan, bool full_class, bool only_touched, KvLayout& layout) {
  for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
    std::int32_t const blocks = blocks_of(plan.sequences[seq].kv_len);
    for (std::int32_t head = 0; head < plan.shape.kv_heads; ++head) {
      if (is_full_kv_head(plan, seq, head) != full_class) continue;
      auto const touched =
          only_touched ? touched_blocks(plan, seq, head) : std::vector<std::uint8_t>{};
      auto const row =
          (seq * static_cast<std::size_t>(plan.shape.kv_heads) + static_cast<std::size_t>(head)) *
          static_cast<std::size_t>(layout.blocks_per_head);
      for (std::int32_t block = 0; block < blocks; ++block) {
        if (only_touched && !touched[static_cast<std::size_t>(block)]) continue;
        layout.page_table[row + static_cast<std::size_t>(block)] = layout.pages++;
      }
    }
  }
}

/// True where the query heads of two KV heads have the same selections, none of them a list.
bool reads_like_the_head_before(LayerPlan const& plan, std::size_t seq, std::int32_t kv_head) {
  std::int32_t const group = plan.shape.q_heads / plan.shape.kv_heads;
  for (std::int32_t i = kv_head * group; i < (kv_head + 1) * group; ++i) {
    Selection const& selection = plan.selection(seq, i);
    if (selection.kind == SelectionKind::blocks) return false;
    if (!(selection == plan.selection(seq, i - group))) return false;
  }
  return true;
}

}  // namespace

bool is_full_kv_head(LayerPlan const& plan, std::size_t seq, std::int32_t kv_head) {
  std::int32_t const group = plan.shape.q_heads / plan.shape.kv_heads;
  for (std::int32_t i = 0; i < group; ++i) {
    if (plan.selection(seq, kv_head * group + i).kind != SelectionKind::full) return false;
  }
  return true;
}

std::vector<std::uint8_t> touched_blocks(LayerPlan const& plan, std::size_t seq,
                                         std::int32_t kv_head) {
  auto const [q_len, kv_len] = plan.sequences[seq];
  std::vector<std::uint8_t> touched(static_cast<std::size_t>(blocks_of(kv_len)), 0);
  std::vector<std::int32_t> steps(touched.size() + 1, 0);  // ranges that begin less those that end
  auto const touch = [&](std::int32_t begin, std::int32_t count) {
    ++steps[static_cast<std::size_t>(begin)];
    --steps[static_cast<std::size_t>(begin + count)];
  };
  std::int32_t const group = plan.shape.q_heads / plan.shape.kv_heads;
  std::int32_t const tile_group = plan.phase == Phase::prefill ? group : 1;
  for (std::int32_t i = 0; i < tile_group; ++i) {
    std::int32_t const q_head = kv_head * group + i;
    Selection const& selection = plan.selection(seq, q_head);
    bool const listed = selection.kind == SelectionKind::blocks;
    if (i > 0 && !listed && selection == plan.selection(seq, q_head - 1)) continue;  // as touched
    for (std::int32_t q_block = 0; q_block < blocks_of(q_len); ++q_block) {
      if (selection.kind == SelectionKind::blocks) {
        for (std::int32_t const block : listed_blocks(plan, seq, q_head, q_block)) touch(block, 1);
        continue;
      }
      auto const ranges = selected_ranges(selection, q_len, kv_len, q_block);
      touch(ranges.sink_begin, ranges.sink_count);
      touch(ranges.kv_begin, ranges.kv_count);
    }
  }
  std::int32_t open = 0;
  for (std::size_t block = 0; block < touched.size(); ++block) {
    open += steps[block];
    touched[block] = open > 0 ? 1 : 0;
  }
  return touched;
}

std::int64_t distinct_blocks(LayerPlan const& plan) {
  std::int64_t blocks = 0;
  for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
    std::int64_t of_head = 0;
    for (std::int32_t head = 0; head < plan.shape.kv_heads; ++head) {
      if (head == 0 || !reads_like_the_head_before(plan, seq, head)) {
        auto const touched = touched_blocks(plan, seq, head);
        of_head = std::count(touched.begin(), touched.end(), std::uint8_t{1});
      }
      blocks += of_head;
    }
  }
  return blocks;
}

KvLayout make_kv_layout(LayerPlan const& plan) {
  KvLayout layout;
  bool const gather = plan.execution == Execution::gather;
  bool const two_pool = plan.execution == Execution::two_pool;
  bool const evict = plan.retention == KvRetention::evict;
  if (!gather && !two_pool && !evict) {
    layout.held_blocks = all_blocks(plan);
    return layout;
  }
  for (auto const& sequence : plan.sequences) {
    layout.blocks_per_head = std::max(layout.blocks_per_head, blocks_of(sequence.kv_len));
  }
  std::int64_t const pages = std::int64_t{layout.blocks_per_head} * plan.shape.kv_heads *
                             static_cast<std::int64_t>(plan.sequences.size());
  (void)checked_cast<std::int32_t>(pages, "pages of the KV cache");
  layout.page_table.assign(plan.sequences.size() * static_cast<std::size_t>(plan.shape.kv_heads) *
                               static_cast<std::size_t>(layout.blocks_per_head),
                           -1);
  assign_pages(plan, true, gather || evict, layout);
  assign_pages(plan, false, gather || evict, layout);
  layout.held_blocks = layout.pages + (gather ? all_blocks(plan) : 0);
  return layout;
}

}  // namespace fluxscope::plan

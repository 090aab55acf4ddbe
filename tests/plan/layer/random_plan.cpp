#include "tests/plan/layer/random_plan.hpp"

#include <algorithm>
#include <set>

namespace fluxscope::plan::testing {
namespace {

std::int32_t between(Random& random, std::int64_t low, std::int64_t high) {
  return static_cast<std::int32_t>(low) +
         static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

AttentionShape random_shape(Random& random) {
  std::int32_t const kv_heads = between(random, 1, 4);
  return {.q_heads = kv_heads * between(random, 1, 4),
          .kv_heads = kv_heads,
          .head_dim = random.below(2) == 0 ? 64 : 128};
}

Selection random_selection(Random& random) {
  Selection selection{.kind = static_cast<SelectionKind>(random.below(4))};
  bool const window =
      selection.kind == SelectionKind::streaming || selection.kind == SelectionKind::triangle;
  if (window) {
    selection.sink_tokens = between(random, 0, 400);
    selection.local_tokens = between(random, 1, 700);
  }
  if (selection.kind == SelectionKind::triangle) selection.last_tokens = between(random, 1, 300);
  return selection;
}

void add_selections(Random& random, LayerPlan& plan) {
  std::int32_t const group = plan.shape.q_heads / plan.shape.kv_heads;
  bool const uniform = plan.execution == Execution::layer_uniform;
  // Two selections to choose from: classes then hold several requests and heads.
  Selection const two[] = {random_selection(random), random_selection(random)};
  for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
    Selection current = two[random.below(2)];
    for (std::int32_t head = 0; head < plan.shape.q_heads; ++head) {
      bool const may_change = plan.phase == Phase::prefill || head % group == 0;
      if (!uniform && may_change) current = two[random.below(2)];
      plan.selections.push_back(current);
    }
  }
}

void add_block_lists(Random& random, LayerPlan& plan) {
  std::int32_t const group = plan.shape.q_heads / plan.shape.kv_heads;
  BlockLists& lists = plan.block_lists;
  lists.row_begin = {0};
  for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
    for (std::int32_t head = 0; head < plan.shape.q_heads; ++head) {
      for (std::int32_t q = 0; q < blocks_of(plan.sequences[seq].q_len); ++q) {
        if (plan.phase == Phase::decode && head % group != 0) {
          std::vector<std::int32_t> const same(
              lists.columns.begin() + lists.row_begin[lists.row_begin.size() - 2],
              lists.columns.end());
          lists.columns.insert(lists.columns.end(), same.begin(), same.end());
        } else {
          std::uint64_t const keep = random.below(4);  // of four blocks
          for (std::int32_t const block : visible_by_token(plan, seq, q)) {
            if (random.below(4) < keep) lists.columns.push_back(block);
          }
        }
        lists.row_begin.push_back(static_cast<std::int64_t>(lists.columns.size()));
      }
    }
  }
}

}  // namespace

LayerPlan random_plan(Random& random) {
  LayerPlan plan{.phase = static_cast<Phase>(random.below(2)),
                 .shape = random_shape(random),
                 .execution = static_cast<Execution>(random.below(6)),
                 .scheduler = static_cast<Scheduler>(random.below(4)),
                 .batch_rule = static_cast<BatchRule>(random.below(3)),
                 .retention = static_cast<KvRetention>(random.below(2))};
  for (std::int32_t request = between(random, 1, 4); request > 0; --request) {
    std::int32_t const kv_len = between(random, 1, plan.phase == Phase::prefill ? 1500 : 6000);
    bool const whole = random.below(2) == 0;
    std::int32_t const q_len = plan.phase == Phase::decode ? 1
                               : whole                     ? kv_len
                                                           : between(random, 1, kv_len);
    plan.sequences.push_back({q_len, kv_len});
  }
  add_selections(random, plan);
  add_block_lists(random, plan);
  return plan;
}

DeviceSlots random_slots(Random& random) {
  return {.sm_count = between(random, 1, 40),
          .kv_section_bytes = between(random, 0, 1) * between(random, 1, 1 << 20),
          .prefill_ctas_per_sm = between(random, 1, 2),
          .decode_ctas_per_sm = between(random, 1, 3),
          .copy_ctas_per_sm = between(random, 1, 8)};
}

std::vector<std::int32_t> visible_by_token(LayerPlan const& plan, std::size_t seq,
                                           std::int32_t q_block) {
  auto const [q_len, kv_len] = plan.sequences[seq];
  // The block's last row sees what its other rows see, and more.
  std::int32_t const last_row = std::min(q_len, kBlockTokens * (q_block + 1)) - 1;
  std::set<std::int32_t> blocks;
  for (std::int32_t token = 0; token <= kv_len - q_len + last_row; ++token) {
    blocks.insert(blocks.end(), token / kBlockTokens);
  }
  return {blocks.begin(), blocks.end()};
}

std::vector<std::int32_t> selected_by_token(LayerPlan const& plan, std::size_t seq,
                                            std::int32_t q_head, std::int32_t q_block) {
  auto visible = visible_by_token(plan, seq, q_block);
  auto const [q_len, kv_len] = plan.sequences[seq];
  Selection const& selection = plan.selection(seq, q_head);
  if (selection.kind == SelectionKind::full) return visible;
  if (selection.kind == SelectionKind::blocks) {
    std::size_t row = 0;
    for (std::size_t s = 0; s < plan.sequences.size(); ++s) {
      for (std::int32_t head = 0; head < plan.shape.q_heads; ++head) {
        for (std::int32_t q = 0; q < blocks_of(plan.sequences[s].q_len); ++q, ++row) {
          if (s != seq || head != q_head || q != q_block) continue;
          auto const* const columns = plan.block_lists.columns.data();
          return {columns + plan.block_lists.row_begin[row],
                  columns + plan.block_lists.row_begin[row + 1]};
        }
      }
    }
  }
  if (selection.kind == SelectionKind::triangle) {
    for (std::int32_t row = q_len - 1; row >= std::max(0, q_len - selection.last_tokens); --row) {
      if (row / kBlockTokens == q_block) return visible;
    }
  }
  std::set<std::int32_t> kept;
  for (std::int32_t token = 0; token < selection.sink_tokens; ++token) {
    kept.insert(token / kBlockTokens);
  }
  std::int32_t const last = visible.back();
  for (std::int32_t token = 0; token < selection.local_tokens; ++token) {
    kept.insert(last - token / kBlockTokens);
  }
  std::erase_if(visible, [&](std::int32_t block) { return !kept.contains(block); });
  return visible;
}

}  // namespace fluxscope::plan::testing

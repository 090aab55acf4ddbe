// make_layer_work: which (sequence, head) pairs share a launch under each execution.

#include <algorithm>
#include <map>
#include <numeric>
#include <string>

#include "base/checked.hpp"
#include "base/error.hpp"
#include "plan/layer/decomposition.hpp"
#include "plan/layer/kv_layout.hpp"
#include "plan/layer/schedule.hpp"
#include "plan/layer/tile_rows.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {
namespace {

using PairSet = std::vector<std::uint8_t>;  // [batch, heads of the phase]

std::size_t pair_count(LayerPlan const& plan) {
  return plan.sequences.size() * static_cast<std::size_t>(tile_heads(plan));
}

bool same_for_all_heads(LayerPlan const& plan, std::size_t seq) {
  for (std::int32_t head = 1; head < plan.shape.q_heads; ++head) {
    if (!(plan.selection(seq, head) == plan.selection(seq, 0))) return false;
  }
  return true;
}

/// One launch per group of requests that share it under the batch rule.
std::vector<RowRequest> layer_uniform_launches(LayerPlan const& plan) {
  auto const heads = static_cast<std::size_t>(tile_heads(plan));
  std::vector<std::vector<std::size_t>> groups;
  bool any_full = false;
  for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
    if (!same_for_all_heads(plan, seq)) {
      throw InputError("execution layer_uniform with different selections per head in sequence " +
                       std::to_string(seq) +
                       " (one launch reads alike for all heads). Use masked, gather, two_pool, "
                       "fused or balanced.");
    }
    any_full |= plan.selection(seq, 0).kind == SelectionKind::full;
    auto const same = std::find_if(groups.begin(), groups.end(), [&](auto const& group) {
      return plan.selection(group[0], 0) == plan.selection(seq, 0);
    });
    if (same == groups.end()) {
      groups.push_back({seq});
    } else {
      same->push_back(seq);
    }
  }
  bool const mixed = groups.size() > 1;
  if (mixed && plan.batch_rule == BatchRule::any_full && any_full) {
    return {{.all_full = true, .in_launch = PairSet(pair_count(plan), 1)}};
  }
  if (mixed && plan.batch_rule == BatchRule::per_request) {
    groups.clear();
    for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) groups.push_back({seq});
  }
  std::vector<RowRequest> requests;
  for (auto const& group : groups) {
    PairSet pairs(pair_count(plan), 0);
    for (std::size_t const seq : group) {
      std::fill_n(pairs.begin() + static_cast<std::ptrdiff_t>(seq * heads), heads, std::uint8_t{1});
    }
    requests.push_back({.in_launch = std::move(pairs)});
  }
  return requests;
}

/// Full heads in one launch, sparse heads in another; a class without heads has no launch.
std::vector<RowRequest> class_launches(LayerPlan const& plan) {
  std::int32_t const group = plan.shape.q_heads / plan.shape.kv_heads;
  PairSet full(pair_count(plan), 0);
  for (std::size_t pair = 0; pair < full.size(); ++pair) {
    auto const heads = static_cast<std::size_t>(tile_heads(plan));
    auto const head = static_cast<std::int32_t>(pair % heads);
    std::int32_t const kv_head = plan.phase == Phase::prefill ? head / group : head;
    full[pair] = is_full_kv_head(plan, pair / heads, kv_head) ? 1 : 0;
  }
  PairSet sparse(full.size());
  std::transform(full.begin(), full.end(), sparse.begin(),
                 [](std::uint8_t is_full) { return static_cast<std::uint8_t>(1 - is_full); });
  std::vector<RowRequest> requests;
  for (PairSet* pairs : {&full, &sparse}) {
    if (std::accumulate(pairs->begin(), pairs->end(), 0) > 0) {
      requests.push_back({.in_launch = std::move(*pairs)});
    }
  }
  return requests;
}

/// One tile per KV block to copy; head = KV head.
WorkList gather_launch(LayerPlan const& plan, DeviceSlots const& slots) {
  WorkList list{.op = LaunchOp::gather_kv, .scheduler = Scheduler::natural};
  for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
    for (std::int32_t head = 0; head < plan.shape.kv_heads; ++head) {
      auto const touched = touched_blocks(plan, seq, head);
      for (std::size_t block = 0; block < touched.size(); ++block) {
        if (!touched[block]) continue;
        list.tiles.push_back({.seq = static_cast<std::uint16_t>(seq),
                              .head = static_cast<std::uint16_t>(head),
                              .kv_begin = static_cast<std::int32_t>(block),
                              .kv_count = 1});
      }
    }
  }
  list.grid_ctas = checked_cast<std::int32_t>(list.tiles.size(), "KV blocks to copy");
  list.ctas_per_sm = slots.copy_ctas_per_sm;
  return list;
}

void count_work(LayerPlan const& plan, LayerWork& work) {
  for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
    Selection const* before = nullptr;
    std::int64_t of_head = 0;
    for (std::int32_t head = 0; head < tile_heads(plan); ++head) {
      std::int32_t const q_head = selecting_head(plan, head);
      Selection const& selection = plan.selection(seq, q_head);
      bool const as_before = before != nullptr && selection == *before;
      if (!as_before || selection.kind == SelectionKind::blocks) {
        of_head = 0;
        for (std::int32_t q_block = 0; q_block < blocks_of(plan.sequences[seq].q_len); ++q_block) {
          of_head += selected_count(plan, seq, q_head, q_block);
        }
      }
      work.selected_blocks += of_head;
      before = &selection;
    }
  }
  // A decode row reads each block of its KV head once.
  work.distinct_blocks = plan.phase == Phase::decode ? work.selected_blocks : distinct_blocks(plan);
  for (WorkList const& list : work.launches) {
    if (op_row(list.op).counted_as == CountedAs::attention) {
      work.visited_blocks += list.total_visited_blocks();
    }
  }
}

std::vector<RowRequest> attention_launches(LayerPlan const& plan) {
  switch (plan.execution) {
    case Execution::layer_uniform:
      return layer_uniform_launches(plan);
    case Execution::gather:
    case Execution::two_pool:
      return class_launches(plan);
    case Execution::masked:
      return {{.masked = true, .in_launch = PairSet(pair_count(plan), 1)}};
    case Execution::fused:
    case Execution::balanced:
      return {{.in_launch = PairSet(pair_count(plan), 1)}};
  }
  throw ContractError("an execution without a launch rule");
}

}  // namespace

std::int64_t WorkList::total_visited_blocks() const {
  std::int64_t blocks = 0;
  for (Tile const& tile : tiles) blocks += plan::visited_blocks(tile);
  return blocks;
}

LayerWork make_layer_work(LayerPlan const& plan, DeviceSlots const& slots) {
  return recorded_layer_work(plan, slots, {});
}

LayerWork recorded_layer_work(LayerPlan const& plan, DeviceSlots const& slots,
                              std::span<std::int64_t const> attention_tiles) {
  validate(plan);
  LayerWork work;
  if (slots.decomposition) {
    work.launches = decomposed_launches(plan, *slots.decomposition, slots);
    work.kv = make_kv_layout(plan);
    count_work(plan, work);
    if (plan.phase == Phase::prefill) {
      work.visited_blocks = work.visited_blocks * slots.decomposition->prefill_rows / kBlockTokens;
    }
    return work;
  }
  work.kv = make_kv_layout(plan);
  if (plan.execution == Execution::gather) work.launches.push_back(gather_launch(plan, slots));
  auto const rule =
      plan.execution == Execution::balanced ? SplitRule::balanced : SplitRule::uniform;
  std::size_t launch = 0;
  for (RowRequest& request : attention_launches(plan)) {
    request.kv_section_bytes = slots.kv_section_bytes;
    std::int64_t const recorded = launch < attention_tiles.size() ? attention_tiles[launch] : 0;
    ++launch;
    auto launches =
        schedule_rows(make_rows(plan, request), plan.phase, rule, plan.scheduler, slots, recorded);
    for (WorkList& list : launches) {
      if (plan.phase == Phase::decode && list.op == LaunchOp::combine) {
        list.tiles = spread_merges(list.tiles, plan.shape.q_heads / plan.shape.kv_heads);
        list.grid_ctas = checked_cast<std::int32_t>(list.tiles.size(), "merges of a launch");
      }
      work.launches.push_back(std::move(list));
    }
  }
  count_work(plan, work);
  return work;
}

}  // namespace fluxscope::plan

#include "plan/layer/tile_rows.hpp"

#include <map>
#include <tuple>

#include "base/checked.hpp"
#include "plan/layer/kv_sections.hpp"

namespace fluxscope::plan {
namespace {

/// Index of a row in BlockLists.
std::size_t list_row(LayerPlan const& plan, std::size_t seq, std::int32_t q_head,
                     std::int32_t q_block) {
  std::size_t row = 0;
  for (std::size_t s = 0; s < seq; ++s) {
    row += static_cast<std::size_t>(plan.shape.q_heads) *
           static_cast<std::size_t>(blocks_of(plan.sequences[s].q_len));
  }
  auto const q_blocks = static_cast<std::size_t>(blocks_of(plan.sequences[seq].q_len));
  return row + static_cast<std::size_t>(q_head) * q_blocks + static_cast<std::size_t>(q_block);
}

/// Fills the block list of a launch; masked rows of equal ranges share one list.
class RowBuilder {
 public:
  RowBuilder(LayerPlan const& plan, RowRequest const& request) : plan_(plan), request_(request) {}

  void add(std::size_t seq, std::int32_t head, std::int32_t q_block, std::int32_t section) {
    auto const [q_len, kv_len] = plan_.sequences[seq];
    std::int32_t const q_head = selecting_head(plan_, head);
    Selection const selection = request_.all_full ? Selection{} : plan_.selection(seq, q_head);
    std::int32_t const visible = visible_blocks(q_len, kv_len, q_block);
    auto const sequence = static_cast<std::int32_t>(seq);
    Tile tile;
    if (selection.kind == SelectionKind::blocks) {
      auto const [begin, count] =
          append_listed(listed_blocks(plan_, seq, q_head, q_block), visible);
      tile = list_tile(sequence, head, q_block, begin, count);
    } else {
      auto const ranges = selected_ranges(selection, q_len, kv_len, q_block);
      tile = request_.masked && ranges.count() != visible
                 ? list_tile(sequence, head, q_block, masked_list(ranges, visible), visible)
                 : range_tile(sequence, head, q_block, ranges);
    }
    result.rows.push_back({tile, visited_blocks(tile), section});
  }

  TileRows result;

 private:
  struct ListRange {
    std::int32_t begin;
    std::int32_t count;
  };

  /// Where a list of at most `count` entries begins; tiles count entries in 31 bits.
  [[nodiscard]] std::int32_t next_entry(std::int32_t count) const {
    auto const begin = result.block_list.size();
    (void)checked_cast<std::int32_t>(begin + static_cast<std::size_t>(count),
                                     "entries of a launch's block lists");
    return static_cast<std::int32_t>(begin);
  }

  ListRange append_listed(std::span<std::int32_t const> blocks, std::int32_t visible) {
    auto const begin = next_entry(visible);
    std::size_t next = 0;
    for (std::int32_t block = 0; request_.masked && block < visible; ++block) {
      bool const selected = next < blocks.size() && blocks[next] == block;
      next += selected ? 1 : 0;
      result.block_list.push_back(static_cast<std::uint32_t>(block) |
                                  (selected ? 0u : kMaskedOutBit));
    }
    for (std::size_t i = 0; !request_.masked && i < blocks.size(); ++i) {
      result.block_list.push_back(static_cast<std::uint32_t>(blocks[i]));
    }
    return {begin, static_cast<std::int32_t>(result.block_list.size()) - begin};
  }

  /// First entry of the list of all visible blocks whose unselected ones are masked out.
  std::int32_t masked_list(BlockRanges const& ranges, std::int32_t visible) {
    auto const key = std::tuple(ranges.sink_count, ranges.kv_begin, visible);
    auto const [found, is_new] = shared_.try_emplace(key, next_entry(visible));
    for (std::int32_t block = 0; is_new && block < visible; ++block) {
      bool const selected = block < ranges.sink_count || block >= ranges.kv_begin;
      result.block_list.push_back(static_cast<std::uint32_t>(block) |
                                  (selected ? 0u : kMaskedOutBit));
    }
    return found->second;
  }

  LayerPlan const& plan_;
  RowRequest const& request_;
  std::map<std::tuple<std::int32_t, std::int32_t, std::int32_t>, std::int32_t> shared_;
};

}  // namespace

std::int32_t tile_heads(LayerPlan const& plan) {
  return plan.phase == Phase::prefill ? plan.shape.q_heads : plan.shape.kv_heads;
}

std::int32_t selecting_head(LayerPlan const& plan, std::int32_t tile_head) {
  return plan.phase == Phase::prefill ? tile_head
                                      : tile_head * (plan.shape.q_heads / plan.shape.kv_heads);
}

std::span<std::int32_t const> listed_blocks(LayerPlan const& plan, std::size_t seq,
                                            std::int32_t q_head, std::int32_t q_block) {
  auto const row = list_row(plan, seq, q_head, q_block);
  auto const begin = static_cast<std::size_t>(plan.block_lists.row_begin[row]);
  auto const end = static_cast<std::size_t>(plan.block_lists.row_begin[row + 1]);
  return std::span(plan.block_lists.columns).subspan(begin, end - begin);
}

std::int32_t selected_count(LayerPlan const& plan, std::size_t seq, std::int32_t q_head,
                            std::int32_t q_block) {
  Selection const& selection = plan.selection(seq, q_head);
  if (selection.kind == SelectionKind::blocks) {
    return static_cast<std::int32_t>(listed_blocks(plan, seq, q_head, q_block).size());
  }
  auto const [q_len, kv_len] = plan.sequences[seq];
  return selected_ranges(selection, q_len, kv_len, q_block).count();
}

TileRows make_rows(LayerPlan const& plan, RowRequest const& request) {
  RowBuilder builder(plan, request);
  bool const prefill = plan.phase == Phase::prefill;
  auto const sections = prefill ? kv_sections(plan.shape, plan.sequences, request.kv_section_bytes)
                                : std::vector<std::int32_t>(request.in_launch.size(), 0);
  std::size_t pair = 0;
  std::size_t rows = 0;
  for (std::size_t i = 0; i < request.in_launch.size(); ++i) {
    if (!request.in_launch[i]) continue;
    rows += static_cast<std::size_t>(
        blocks_of(plan.sequences[i / static_cast<std::size_t>(tile_heads(plan))].q_len));
  }
  builder.result.rows.reserve(rows);
  for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
    std::int32_t const q_blocks = blocks_of(plan.sequences[seq].q_len);
    for (std::int32_t head = 0; head < tile_heads(plan); ++head, ++pair) {
      if (!request.in_launch[pair]) continue;
      for (std::int32_t q_block = 0; q_block < q_blocks; ++q_block) {
        builder.add(seq, head, q_block, sections[pair]);
      }
    }
  }
  return std::move(builder.result);
}

}  // namespace fluxscope::plan

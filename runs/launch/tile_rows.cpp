#include "runs/launch/tile_rows.hpp"

namespace fluxscope::runs {

std::vector<traces::TileRow> tile_rows(std::uint32_t case_id, std::uint32_t launch_index,
                                       plan::WorkList const& list) {
  std::vector<traces::TileRow> rows;
  rows.reserve(list.tiles.size());
  for (std::uint32_t i = 0; i < list.tiles.size(); ++i) {
    plan::Tile const& tile = list.tiles[i];
    rows.push_back({.case_id = case_id,
                    .launch_index = launch_index,
                    .tile = i,
                    .seq = tile.seq,
                    .head = tile.head,
                    .q_block = tile.q_block,
                    .split = tile.split,
                    .num_splits = tile.num_splits,
                    .kv_begin = tile.kv_begin,
                    .sink_count = tile.sink_count,
                    .visited_blocks = plan::visited_blocks(tile)});
  }
  return rows;
}

}  // namespace fluxscope::runs

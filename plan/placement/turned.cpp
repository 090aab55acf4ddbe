#include "plan/placement/turned.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "plan/layer/tile.hpp"

namespace fluxscope::plan {
namespace {

constexpr std::int64_t kMostWaves = 16;

/// CTAs that are resident at first.
std::int32_t first_ctas(WorkList const& list, std::int32_t sm_count) {
  expects(sm_count >= 1 && list.ctas_per_sm >= 1, "a device has slots");
  std::int64_t const slots = std::int64_t{sm_count} * list.ctas_per_sm;
  return static_cast<std::int32_t>(std::min<std::int64_t>(list.grid_ctas, slots));
}

/// Blocks that CTA `cta` begins with: its share, or its first tile.
std::int64_t first_blocks(WorkList const& list, std::size_t cta) {
  if (list.cta_begin.empty()) return visited_blocks(list.tiles[cta]);
  std::int64_t blocks = 0;
  for (std::int32_t tile = list.cta_begin[cta]; tile < list.cta_begin[cta + 1]; ++tile) {
    blocks += visited_blocks(list.tiles[static_cast<std::size_t>(tile)]);
  }
  return blocks;
}

/// balanced_split: whole shares move.
WorkList with_turned_shares(WorkList const& list, std::int32_t shift, std::int32_t window) {
  WorkList result = list;
  std::int32_t next = 0;
  for (std::int32_t cta = 0; cta < window; ++cta) {
    auto const from = static_cast<std::size_t>((cta + shift) % window);
    auto const begin = list.tiles.begin() + list.cta_begin[from];
    auto const end = list.tiles.begin() + list.cta_begin[from + 1];
    std::copy(begin, end, result.tiles.begin() + next);
    result.cta_begin[static_cast<std::size_t>(cta)] = next;
    next += static_cast<std::int32_t>(end - begin);
  }
  return result;
}

}  // namespace

std::int32_t turns_of(WorkList const& list, std::int32_t sm_count) {
  std::int32_t const window = first_ctas(list, sm_count);
  if (window < 2 || std::ssize(list.tiles) > kMostWaves * window) return 1;
  std::int64_t const first = first_blocks(list, 0);
  for (std::size_t cta = 1; cta < static_cast<std::size_t>(window); ++cta) {
    if (first_blocks(list, cta) != first) return kTurns;
  }
  return 1;
}

WorkList turned(WorkList const& list, std::int32_t turn, std::int32_t sm_count) {
  expects(turn >= 0, "a turn is counted from 0");
  std::int32_t const window = first_ctas(list, sm_count);
  if (window == 0) return list;
  auto const shift = static_cast<std::int32_t>(std::int64_t{turn % kTurns} * window / kTurns);
  if (shift == 0) return list;
  if (!list.cta_begin.empty()) return with_turned_shares(list, shift, window);
  WorkList result = list;
  std::rotate(result.tiles.begin(), result.tiles.begin() + shift, result.tiles.begin() + window);
  return result;
}

}  // namespace fluxscope::plan

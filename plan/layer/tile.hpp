#pragma once
// The unit of work that the planner writes and that GPU kernels and the simulator read.
// Plain data without device code: .cu and .cpp files share this header.

#include <cstdint>

#include "base/host_device.hpp"
#include "plan/op/attention_shape.hpp"

namespace fluxscope::plan {

/// How a tile names the KV blocks it visits.
enum class TileKind : std::uint8_t {
  range = 0,  ///< blocks [sink_begin, +sink_count) and then [kv_begin, +kv_count)
  list = 1,   ///< entries [kv_begin, +kv_count) of WorkList::block_list; the sink fields are 0
};

/// A block_list entry is a KV block index, or-ed with this bit where the block is loaded and
/// multiplied but masked out (execution `masked`: reads all KV, keeps the selected part).
inline constexpr std::uint32_t kMaskedOutBit = 0x80000000u;

/// One CTA's work, or one queue entry's. KV blocks are logical blocks of kBlockTokens tokens in
/// ascending order. Which rows of a block are causally visible, and the ragged end of kv_len,
/// follow from q_block and the sequence: the kernel masks them itself.
///
///   prefill     head = query head, q_block = block of kBlockTokens query rows
///   decode      head = KV head (its q_heads / kv_heads query rows are one tile), q_block = 0
///   gather_kv   head = KV head; copies the blocks of the range into their pages
///   combine     head as in the partial tiles; merges partial slots [kv_begin, +kv_count)
struct Tile {
  std::uint16_t seq = 0;
  std::uint16_t head = 0;
  std::uint16_t q_block = 0;
  TileKind kind = TileKind::range;
  std::uint8_t merge_row = 0;  ///< combine in decode: 0 merges every query head of the KV group,
                               ///< k its k-th alone
  std::int32_t sink_begin = 0;
  std::int32_t sink_count = 0;
  std::int32_t kv_begin = 0;
  std::int32_t kv_count = 0;
  std::uint16_t split = 0;         ///< index of this piece of the (seq, head, q_block) row
  std::uint16_t num_splits = 1;    ///< 1: the tile writes the final output itself
  std::int32_t partial_slot = -1;  ///< row of the partial buffers; -1 where num_splits == 1

  friend bool operator==(Tile const&, Tile const&) = default;
};
static_assert(sizeof(Tile) == 32, "the tile is 32 bytes on host and device");

/// KV blocks that the tile loads (masked-out ones included). Combine: partial slots.
[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t visited_blocks(Tile const& tile) {
  return tile.sink_count + tile.kv_count;
}

}  // namespace fluxscope::plan

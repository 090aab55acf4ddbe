#pragma once
// What KV one head reads, in blocks of kBlockTokens.

#include <cstdint>
#include <vector>

#include "base/host_device.hpp"
#include "plan/layer/tile.hpp"

namespace fluxscope::plan {

enum class SelectionKind : std::uint8_t { full, streaming, triangle, blocks };

/// Block-granular, like the kernels of the paper (arXiv 2604.07394, App. D.3): with
/// sink_blocks = ceil(sink_tokens / 128) and local_blocks = ceil(local_tokens / 128), a query
/// block whose last causally visible KV block is b reads
///   full       [0, b]
///   streaming  [0, sink_blocks) and (b - local_blocks, b]
///   triangle   as streaming, except query blocks that hold one of the last `last_tokens` rows,
///              which read [0, b] (TriangleMix)
///   blocks     the explicit list of LayerPlan::block_lists
struct Selection {
  SelectionKind kind = SelectionKind::full;
  std::int32_t sink_tokens = 0;
  std::int32_t local_tokens = 0;
  std::int32_t last_tokens = 0;

  friend bool operator==(Selection const&, Selection const&) = default;
};

/// Explicit lists, CSR over rows (seq, q_head, q_block), q_block fastest. A row's columns are
/// strictly ascending KV blocks, all causally visible to the query block.
struct BlockLists {
  std::vector<std::int64_t> row_begin;  // [rows + 1]; empty where no head uses `blocks`
  std::vector<std::int32_t> columns;    // [row_begin.back()]
};

/// The blocks of one query block: up to two ascending, disjoint ranges.
struct BlockRanges {
  std::int32_t sink_begin = 0;
  std::int32_t sink_count = 0;
  std::int32_t kv_begin = 0;
  std::int32_t kv_count = 0;

  [[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t count() const {
    return sink_count + kv_count;
  }
};

/// Number of KV blocks that cover `tokens`.
[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t blocks_of(std::int64_t tokens) {
  return static_cast<std::int32_t>((tokens + kBlockTokens - 1) / kBlockTokens);
}

/// Number of causally visible KV blocks of query block `q_block`: the queries are the last
/// q_len of kv_len positions (bottom-right causal mask). 0 < q_len <= kv_len.
[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr std::int32_t visible_blocks(std::int32_t q_len,
                                                                          std::int32_t kv_len,
                                                                          std::int32_t q_block) {
  std::int64_t const block_end = std::int64_t{kBlockTokens} * (q_block + 1);
  return blocks_of(std::int64_t{kv_len} - q_len + (q_len < block_end ? q_len : block_end));
}

/// Blocks that `selection` reads for `q_block`; kinds other than `blocks`.
[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr BlockRanges range_rule(Selection const& selection,
                                                                     std::int32_t q_len,
                                                                     std::int32_t kv_len,
                                                                     std::int32_t q_block) {
  std::int32_t const visible = visible_blocks(q_len, kv_len, q_block);
  bool const last_rows =
      selection.kind == SelectionKind::triangle &&
      std::int64_t{kBlockTokens} * (q_block + 1) > std::int64_t{q_len} - selection.last_tokens;
  if (selection.kind == SelectionKind::full || last_rows) return {.kv_count = visible};
  std::int32_t const local_blocks = blocks_of(selection.local_tokens);
  std::int32_t const local = local_blocks < visible ? local_blocks : visible;
  std::int32_t const sink = blocks_of(selection.sink_tokens);
  if (sink >= visible - local) return {.kv_count = visible};  // the ranges touch: one range
  return {.sink_begin = 0, .sink_count = sink, .kv_begin = visible - local, .kv_count = local};
}

/// range_rule, which it checks the contract of: throws ContractError for kind `blocks`.
[[nodiscard]] BlockRanges selected_ranges(Selection const& selection, std::int32_t q_len,
                                          std::int32_t kv_len, std::int32_t q_block);

/// The tile of a row that is not split and reads `ranges`.
[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr Tile range_tile(std::int32_t seq, std::int32_t head,
                                                              std::int32_t q_block,
                                                              BlockRanges const& ranges) {
  return {.seq = static_cast<std::uint16_t>(seq),
          .head = static_cast<std::uint16_t>(head),
          .q_block = static_cast<std::uint16_t>(q_block),
          .sink_begin = ranges.sink_begin,
          .sink_count = ranges.sink_count,
          .kv_begin = ranges.kv_begin,
          .kv_count = ranges.kv_count};
}

/// The tile of a row that is not split and reads list entries [begin, begin + count).
[[nodiscard]] FLUXSCOPE_HOST_DEVICE constexpr Tile list_tile(std::int32_t seq, std::int32_t head,
                                                             std::int32_t q_block,
                                                             std::int32_t begin,
                                                             std::int32_t count) {
  Tile tile = range_tile(seq, head, q_block, {.kv_begin = begin, .kv_count = count});
  tile.kind = TileKind::list;
  return tile;
}

}  // namespace fluxscope::plan

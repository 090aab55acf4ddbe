#pragma once
// What KV one head reads, in blocks of kBlockTokens.

#include <cstdint>
#include <vector>

#include "plan/tile.hpp"

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

  [[nodiscard]] std::int32_t count() const { return sink_count + kv_count; }
};

/// Number of KV blocks that cover `tokens`.
[[nodiscard]] constexpr std::int32_t blocks_of(std::int64_t tokens) {
  return static_cast<std::int32_t>((tokens + kBlockTokens - 1) / kBlockTokens);
}

/// Number of causally visible KV blocks of query block `q_block`: the queries are the last
/// q_len of kv_len positions (bottom-right causal mask). 0 < q_len <= kv_len.
[[nodiscard]] std::int32_t visible_blocks(std::int32_t q_len, std::int32_t kv_len,
                                          std::int32_t q_block);

/// Blocks that `selection` reads for `q_block`. Throws ContractError for kind `blocks`.
[[nodiscard]] BlockRanges selected_ranges(Selection const& selection, std::int32_t q_len,
                                          std::int32_t kv_len, std::int32_t q_block);

}  // namespace fluxscope::plan

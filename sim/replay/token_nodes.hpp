#pragma once
// Which contexts stand for the tokens of an output.

#include <cstdint>
#include <vector>

namespace fluxscope::sim {

/// A context of whole blocks and how many tokens it stands for.
struct TokenNode {
  std::int64_t kv_len = 0;
  double tokens = 0;
};

/// For tokens of contexts first_kv_len, first_kv_len + 1, ...: `count` of them, at least 1. A
/// decode step's work changes only with a new block of 128 tokens, so up to kExactBlocks blocks
/// each have a node and the sum over them is that over the tokens. Where there are more, the first
/// and the last block and those near 2^(i/8) have one, shared by outputs of all lengths; between
/// them the time is taken to be linear in the block. What that loses is tested.
[[nodiscard]] std::vector<TokenNode> token_nodes(std::int64_t first_kv_len, std::int64_t count);

inline constexpr std::int64_t kExactBlocks = 5;

}  // namespace fluxscope::sim

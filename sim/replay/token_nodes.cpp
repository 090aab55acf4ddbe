#include "sim/replay/token_nodes.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "plan/layer/selection.hpp"

namespace fluxscope::sim {
namespace {

constexpr double kNodesPerOctave = 8;

/// Blocks that have a node: both ends, and what of the common grid lies between.
std::vector<std::int64_t> node_blocks(std::int64_t first, std::int64_t last) {
  std::vector<std::int64_t> blocks{first};
  if (last - first < kExactBlocks) {
    for (std::int64_t block = first + 1; block <= last; ++block) blocks.push_back(block);
    return blocks;
  }
  for (int step = 0;; ++step) {
    auto const block = std::llround(std::exp2(step / kNodesPerOctave));
    if (block >= last) break;
    if (block > blocks.back()) blocks.push_back(block);
  }
  blocks.push_back(last);
  return blocks;
}

}  // namespace

std::vector<TokenNode> token_nodes(std::int64_t first_kv_len, std::int64_t count) {
  expects(first_kv_len >= 1 && count >= 1, "tokens have a context");
  std::int64_t const last_kv_len = first_kv_len + count - 1;
  std::int64_t const first = plan::blocks_of(first_kv_len);
  std::int64_t const last = plan::blocks_of(last_kv_len);
  auto const blocks = node_blocks(first, last);
  std::vector<TokenNode> nodes;
  for (std::int64_t const block : blocks) nodes.push_back({block * plan::kBlockTokens, 0});
  std::size_t below = 0;
  for (std::int64_t block = first; block <= last; ++block) {
    while (below + 1 < blocks.size() && blocks[below + 1] <= block) ++below;
    std::int64_t const begin = std::max(first_kv_len, (block - 1) * plan::kBlockTokens + 1);
    std::int64_t const end = std::min(last_kv_len, block * plan::kBlockTokens);
    auto const tokens = static_cast<double>(end - begin + 1);
    if (blocks[below] == block) {
      nodes[below].tokens += tokens;
      continue;
    }
    auto const width = static_cast<double>(blocks[below + 1] - blocks[below]);
    double const share = static_cast<double>(block - blocks[below]) / width;
    nodes[below].tokens += (1 - share) * tokens;
    nodes[below + 1].tokens += share * tokens;
  }
  return nodes;
}

}  // namespace fluxscope::sim

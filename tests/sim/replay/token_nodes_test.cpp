#include "sim/replay/token_nodes.hpp"

#include <gtest/gtest.h>

#include "tests/close.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;

double sum_of(std::vector<TokenNode> const& nodes, double (*of)(double kv_len)) {
  double sum = 0;
  for (TokenNode const& node : nodes) sum += node.tokens * of(static_cast<double>(node.kv_len));
  return sum;
}

// 126, 127, 128 are in block 1; 129 to 256 in block 2; 257 in block 3.
TEST(TokenNodes, FewBlocksHaveANodeEach) {
  auto const nodes = token_nodes(126, 132);
  ASSERT_EQ(nodes.size(), 3u);
  EXPECT_EQ(nodes[0].kv_len, 128);
  EXPECT_EQ(nodes[0].tokens, 3);
  EXPECT_EQ(nodes[1].kv_len, 256);
  EXPECT_EQ(nodes[1].tokens, 128);
  EXPECT_EQ(nodes[2].kv_len, 384);
  EXPECT_EQ(nodes[2].tokens, 1);
}

// Whatever the nodes: a time that is linear in the block sums up exactly.
TEST(TokenNodes, EveryTokenCountsOnceAndALineIsExact) {
  for (auto const& [first, count] : {std::pair<std::int64_t, std::int64_t>{1, 1},
                                     {100, 640},
                                     {129, 38000},
                                     {131072, 5},
                                     {130000, 200000}}) {
    auto const nodes = token_nodes(first, count);
    double line = 0;
    for (std::int64_t kv_len = first; kv_len < first + count; ++kv_len) {
      line += static_cast<double>((kv_len + 127) / 128);
    }
    EXPECT_TRUE(
        close(sum_of(nodes, [](double) { return 1.0; }), static_cast<double>(count), {0, 1e-12}));
    EXPECT_TRUE(close(sum_of(nodes, [](double kv_len) { return kv_len / 128; }), line, {0, 1e-12}));
  }
}

TEST(TokenNodes, LongOutputsShareTheNodesBetweenTheirEnds) {
  auto const a = token_nodes(1, 40000);
  auto const b = token_nodes(3000, 50000);
  std::size_t shared = 0;
  for (TokenNode const& one : a) {
    for (TokenNode const& other : b) shared += one.kv_len == other.kv_len ? 1 : 0;
  }
  EXPECT_GE(shared, 20u);    // about 8 an octave between 3000 and 40000: 3.7 octaves
  EXPECT_LE(a.size(), 80u);  // of 313 blocks
}

}  // namespace
}  // namespace fluxscope::sim

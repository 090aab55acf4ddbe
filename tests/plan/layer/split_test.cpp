#include "plan/layer/split.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/schedule/list_schedule.hpp"

namespace fluxscope::plan {
namespace {

std::vector<TileRow> rows_of(std::vector<std::int32_t> const& blocks) {
  std::vector<TileRow> rows;
  for (std::int32_t const count : blocks) rows.push_back({{.kv_count = count}, count});
  return rows;
}

std::vector<std::int32_t> random_lengths(Random& random, std::uint64_t most_rows,
                                         std::uint64_t most_blocks) {
  std::vector<std::int32_t> lengths(1 + random.below(most_rows));
  for (auto& length : lengths) length = static_cast<std::int32_t>(random.below(most_blocks + 1));
  return lengths;
}

double efficiency(std::size_t rows, int splits, int slots) {
  double const waves = static_cast<double>(rows) * splits / slots;
  return waves / std::ceil(waves);
}

TEST(UniformSplits, FillTheLastWaveToEightyFivePercentOfTheBest) {
  // 8 rows of 64 blocks on 132 slots. Two full waves at 33 splits: efficiency 1. From 14 splits on
  // (112 of 132) it is 0.848, 15: 120 / 132 = 0.91, but 15 pieces of 64 blocks are as long as 13
  // are (5 blocks); 16 pieces have 4.
  EXPECT_EQ(uniform_splits(rows_of(std::vector<std::int32_t>(8, 64)), 132), 16);
}

TEST(UniformSplits, OneWaveOfLongerPiecesIsTakenForTwoOfShortOnes) {
  // 2,176 tokens: 8 rows of 17 blocks on 132 slots. Of the splits that shorten a piece none fills
  // 85 % of a wave, so the wave rule falls back to pieces of one block: 136 tiles, two waves of
  // 1 + 3 blocks, and the merge, 4 + 17 x 0.02: 12.34. 9 pieces of at most 2 blocks are one wave,
  // 5 + 4 + 0.18 = 9.18.
  auto const rows = rows_of(std::vector<std::int32_t>(8, 17));

  EXPECT_EQ(wave_splits(rows, 132), 17);
  EXPECT_EQ(uniform_splits(rows, 132), 9);
  // 16 rows of 42 blocks: 42 pieces are 672 tiles, six waves of 1 + 3 blocks. 7 pieces of 6 are
  // one; 8 are no shorter.
  auto const more = rows_of(std::vector<std::int32_t>(16, 42));
  EXPECT_EQ(wave_splits(more, 132), 42);
  EXPECT_EQ(uniform_splits(more, 132), 7);
}

TEST(UniformSplits, LengthsThatTheWaveRuleCutsWellKeepItsSplit) {
  for (std::int32_t const blocks : {64, 128, 256, 512, 1024, 2048}) {
    for (std::size_t const count : {8, 64}) {
      auto const rows = rows_of(std::vector<std::int32_t>(count, blocks));
      EXPECT_EQ(uniform_splits(rows, 132), wave_splits(rows, 132)) << count << " x " << blocks;
    }
  }
}

TEST(UniformSplits, RowsThatFillFourFifthsOfTheSlotsAreNotCut) {
  EXPECT_EQ(uniform_splits(rows_of(std::vector<std::int32_t>(80, 64)), 100), 1);
  EXPECT_GT(uniform_splits(rows_of(std::vector<std::int32_t>(79, 64)), 158), 1);
}

TEST(UniformSplits, RowsOfFourBlocksAreNotCut) {
  EXPECT_EQ(uniform_splits(rows_of({4, 4}), 132), 1);
  EXPECT_GT(wave_splits(rows_of({5, 4}), 132), 1);
  EXPECT_GT(uniform_splits(rows_of({12, 4}), 132), 1);
  EXPECT_EQ(uniform_splits({}, 132), 1);
}

TEST(WaveSplits, AreTheSmallestThatTheRuleAllows) {
  Random random(2);
  for (int round = 0; round < 500; ++round) {
    auto const lengths = random_lengths(random, 60, 300);
    auto const slots = static_cast<std::int32_t>(1 + random.below(200));
    int const longest = *std::max_element(lengths.begin(), lengths.end());

    int const splits = wave_splits(rows_of(lengths), slots);

    if (static_cast<double>(lengths.size()) >= 0.8 * slots || longest <= 4) {
      EXPECT_EQ(splits, 1);
      continue;
    }
    double best = 0;
    for (int s = 1; s <= std::min(longest, 128); ++s) {
      best = std::max(best, efficiency(lengths.size(), s, slots));
    }
    EXPECT_LE(splits, std::min(longest, 128));
    for (int s = 1; s < splits; ++s) {
      bool const is_split = s == 1 || (longest + s - 1) / s < (longest + s - 2) / (s - 1);
      EXPECT_TRUE(!is_split || efficiency(lengths.size(), s, slots) < 0.85 * best) << s;
    }
  }
}

/// When `rows` rows of `blocks` blocks in `splits` pieces end: the tiles, scheduled one by one.
double uniform_cost(std::size_t rows, int blocks, int splits, int slots) {
  std::vector<std::int64_t> durations;
  for (std::size_t row = 0; row < rows; ++row) {
    for (int p = 0; p < splits; ++p) {
      int const length = blocks * (p + 1) / splits - blocks * p / splits;
      durations.push_back(length + kTileOverheadBlocks + (splits > 1 ? kPartialBlocks : 0));
    }
  }
  std::vector<std::int64_t> ordered;
  for (std::uint32_t const i : longest_first_order(durations)) ordered.push_back(durations[i]);
  auto const end = list_schedule(ordered, static_cast<std::uint32_t>(slots)).makespan;
  double const merge = splits > 1 ? kMergeLaunchBlocks + kMergePieceBlocks * splits : 0;
  return static_cast<double>(end) + merge;
}

TEST(UniformSplits, NoOtherShorterPieceEndsEarlierByMoreThanTheWeightsCanTell) {
  Random random(8);
  for (int round = 0; round < 150; ++round) {
    auto const count = static_cast<std::size_t>(1 + random.below(60));
    int const blocks = static_cast<int>(5 + random.below(200));
    auto const slots = static_cast<std::int32_t>(1 + random.below(160));
    auto const rows = rows_of(std::vector<std::int32_t>(count, blocks));
    if (5 * count >= 4 * static_cast<std::size_t>(slots)) continue;

    int const splits = uniform_splits(rows, slots);

    double const cost = uniform_cost(count, blocks, splits, slots);
    for (int s = 1; s <= std::min(blocks, 128); ++s) {
      bool const shorter = s == 1 || (blocks + s - 1) / s < (blocks + s - 2) / (s - 1);
      if (!shorter) continue;
      EXPECT_GE(uniform_cost(count, blocks, s, slots), (1 - kSplitGainRatio) * cost - 1e-9)
          << count << " x " << blocks << " on " << slots << ": " << s << " beats " << splits;
    }
  }
}

TEST(SplitsOfTiles, FindWhatWasCut) {
  Random random(9);
  for (int round = 0; round < 200; ++round) {
    auto const rows = rows_of(random_lengths(random, 20, 100));
    int longest = 1;
    for (auto const& row : rows) longest = std::max(longest, row.blocks);
    auto const splits = static_cast<std::int32_t>(1 + random.below(120));
    std::vector<std::int32_t> const pieces(rows.size(), splits);
    auto const tiles = static_cast<std::int64_t>(split_rows(rows, pieces).tiles.size());

    EXPECT_EQ(splits_of_tiles(rows, tiles), std::min(splits, longest));
  }
  EXPECT_THROW((void)splits_of_tiles(rows_of({8, 8}), 3), InputError);
  EXPECT_THROW((void)splits_of_tiles(rows_of({8, 8}), 17), InputError);
}

TEST(SplitRows, MorePiecesThanATileCountsAreRefused) {
  // num_splits has 16 bits: 65,536 pieces would read as 0.
  auto const rows = rows_of({70000});

  EXPECT_EQ(split_rows(rows, std::vector<std::int32_t>{65535}).tiles.back().num_splits, 65535);
  EXPECT_THROW((void)split_rows(rows, std::vector<std::int32_t>{65536}), InputError);
}

/// The tiles themselves, cut and scheduled one by one.
double chunk_cost(std::vector<std::int32_t> const& lengths, int chunk, int slots) {
  auto const rows = rows_of(lengths);
  std::vector<std::int32_t> pieces;
  for (int const length : lengths) pieces.push_back(std::max(1, (length + chunk - 1) / chunk));
  std::vector<std::int64_t> durations;
  for (Tile const& tile : split_rows(rows, pieces).tiles) {
    durations.push_back(visited_blocks(tile) + kTileOverheadBlocks);
  }
  std::vector<std::int64_t> ordered;
  for (std::uint32_t const i : longest_first_order(durations)) ordered.push_back(durations[i]);
  int const most = *std::max_element(pieces.begin(), pieces.end());
  auto const end = list_schedule(ordered, static_cast<std::uint32_t>(slots)).makespan;
  return static_cast<double>(end) + (most > 1 ? kMergeBlocks * most : 0);
}

TEST(BalancedChunk, EndsBeforeEveryOtherEqualCutOfTheLongestRow) {
  Random random(3);
  for (int round = 0; round < 60; ++round) {
    auto const lengths = random_lengths(random, 60, 300);
    auto const slots = static_cast<std::int32_t>(1 + random.below(200));
    int const longest = *std::max_element(lengths.begin(), lengths.end());

    int const chunk = balanced_chunk_blocks(rows_of(lengths), slots);

    ASSERT_GE(chunk, 1);
    double const cost = chunk_cost(lengths, chunk, slots);
    for (int n = 1; n <= std::min(longest, 4 * slots); ++n) {
      int const other = (longest + n - 1) / n;
      EXPECT_LE(cost, chunk_cost(lengths, other, slots) + 1e-9) << other << " beats " << chunk;
    }
  }
}

TEST(BalancedChunk, ManyRowsOfAllLengthsAreNotCut) {
  // Causal prefill of 64 query blocks and 32 heads on 264 slots: 32 rows of each length 1 ... 64.
  // Their sum is 66560 blocks and 2048 overheads of 2: 267.5 per slot, four times the longest row.
  std::vector<std::int32_t> lengths;
  for (int row = 0; row < 32 * 64; ++row) lengths.push_back(row % 64 + 1);
  EXPECT_EQ(balanced_chunk_blocks(rows_of(lengths), 264), 64);
}

TEST(BalancedChunk, ALongRowIsSpreadOverFreeSlots) {
  // 1 row of 100 blocks, 3 of 10, 13 slots. 10 pieces of 10 and 3 rows fill the slots once:
  // 10 + 2 + 0.1 x 10 = 13. With 11 pieces or more a slot gets two tiles, with 9 a tile has 12
  // blocks.
  EXPECT_EQ(balanced_chunk_blocks(rows_of({100, 10, 10, 10}), 13), 10);
  EXPECT_EQ(balanced_chunk_blocks(rows_of({0, 0}), 13), 1);
}

TEST(CutRow, PiecesOfARangeRowAreItsBlocksInOrder) {
  Tile const whole{.sink_begin = 0, .sink_count = 3, .kv_begin = 10, .kv_count = 5};

  Tile const head = cut_row(whole, 0, 2);
  Tile const across = cut_row(whole, 2, 3);
  Tile const tail = cut_row(whole, 5, 3);

  EXPECT_EQ(head.sink_count, 2);
  EXPECT_EQ(head.kv_count, 0);
  EXPECT_EQ(across.sink_begin, 2);
  EXPECT_EQ(across.sink_count, 1);
  EXPECT_EQ(across.kv_begin, 10);
  EXPECT_EQ(across.kv_count, 2);
  EXPECT_EQ(tail.sink_count, 0);
  EXPECT_EQ(tail.kv_begin, 12);
  EXPECT_EQ(tail.kv_count, 3);
  EXPECT_THROW((void)cut_row(whole, 6, 3), ContractError);
}

TEST(CutRow, PiecesOfAListRowAreItsEntries) {
  Tile const whole{.kind = TileKind::list, .kv_begin = 100, .kv_count = 7};

  Tile const piece = cut_row(whole, 4, 3);

  EXPECT_EQ(piece.kind, TileKind::list);
  EXPECT_EQ(piece.kv_begin, 104);
  EXPECT_EQ(piece.kv_count, 3);
}

TEST(SplitRows, PiecesDifferByAtMostOneBlock) {
  Random random(4);
  for (int round = 0; round < 200; ++round) {
    auto const rows = rows_of(random_lengths(random, 20, 100));
    std::vector<std::int32_t> wanted;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      wanted.push_back(1 + static_cast<std::int32_t>(random.below(9)));
    }

    auto const split = split_rows(rows, wanted);

    std::size_t next = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::int32_t const count = std::max(1, std::min(wanted[i], rows[i].blocks));
      for (std::int32_t piece = 0; piece < count; ++piece, ++next) {
        std::int32_t const blocks = visited_blocks(split.tiles.at(next));
        EXPECT_GE(blocks, rows[i].blocks / count);
        EXPECT_LE(blocks, (rows[i].blocks + count - 1) / count);
      }
    }
    EXPECT_EQ(next, split.tiles.size());
  }
}

TEST(SplitRows, ARowWithoutBlocksStaysOneTile) {
  auto const split = split_rows(rows_of({0}), std::vector<std::int32_t>{5});

  ASSERT_EQ(split.tiles.size(), 1u);
  EXPECT_EQ(split.tiles[0].num_splits, 1);
  EXPECT_EQ(split.tiles[0].partial_slot, -1);
  EXPECT_TRUE(split.combine.empty());
}

TEST(BalancedShares, CutWhereAShareEnds) {
  // 10 blocks on 4 slots: shares of 3. Rows of 4, 5, 1: pieces 3 | 1 2 | 3 | 1.
  auto const shares = balanced_shares(rows_of({4, 5, 1}), 4);

  std::vector<std::int32_t> blocks;
  for (Tile const& tile : shares.split.tiles) blocks.push_back(visited_blocks(tile));
  EXPECT_EQ(blocks, (std::vector<std::int32_t>{3, 1, 2, 3, 1}));
  EXPECT_EQ(shares.cta_begin, (std::vector<std::int32_t>{0, 1, 3, 4, 5}));
  EXPECT_EQ(shares.split.combine.size(), 2u);  // of the rows that were cut
}

}  // namespace
}  // namespace fluxscope::plan

#include "kernels/attention/combine/launch.hpp"

#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "plan/layer/split.hpp"
#include "tests/close.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::testing {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kNoBlocks = -std::numeric_limits<float>::infinity();

/// Partial slots with random contents and the combine tiles of rows with `splits` slots each.
struct Partials {
  std::vector<float> o;    // [slots, slot_rows, head_dim]
  std::vector<float> lse;  // [slots, slot_rows]
};

Partials random_partials(std::size_t rows, std::size_t head_dim, std::uint64_t seed) {
  Random random(seed);
  Partials partials;
  for (std::size_t row = 0; row < rows; ++row) {
    bool const empty = random.unit() < 0.2;
    partials.lse.push_back(empty ? kNoBlocks : static_cast<float>(random.unit() * 20 - 10));
    for (std::size_t i = 0; i < head_dim; ++i) {
      // An empty partial may hold anything.
      partials.o.push_back(empty ? kNan : static_cast<float>(random.unit() * 2 - 1));
    }
  }
  return partials;
}

struct Merged {
  std::vector<double> o;
  double lse = 0;
};

/// The definition in combine.hpp, in double. `slots`: rows of `partials` to merge.
Merged merge(Partials const& partials, std::vector<std::size_t> const& slots,
             std::size_t head_dim) {
  double sum = 0;
  Merged merged{.o = std::vector<double>(head_dim, 0.0)};
  for (std::size_t const row : slots) {
    double const weight = std::exp(static_cast<double>(partials.lse[row]));
    if (weight == 0) continue;
    sum += weight;
    for (std::size_t i = 0; i < head_dim; ++i) {
      merged.o[i] += weight * static_cast<double>(partials.o[row * head_dim + i]);
    }
  }
  for (double& x : merged.o) x = sum == 0 ? 0 : x / sum;
  merged.lse = std::log(sum);
  return merged;
}

struct Output {
  std::vector<float> o;
  std::vector<float> lse;
  std::vector<kernels::WarpRecord> warps;
  std::vector<kernels::TileRecord> tiles;
};

Output run_combine(Partials const& partials, std::vector<plan::Tile> const& host_tiles,
                   kernels::SequenceParams const& sequence, std::int32_t q_heads,
                   std::int32_t kv_heads, std::int32_t head_dim, bool decode, bool probed = false) {
  auto const rows = static_cast<std::size_t>((sequence.q_row_begin + sequence.q_len) * q_heads);
  DeviceArray const o(std::vector<__nv_bfloat16>(rows * static_cast<std::size_t>(head_dim),
                                                 __float2bfloat16(kNan)));
  DeviceArray const lse(std::vector<float>(rows, kNan));
  DeviceArray const o_partial(partials.o), lse_partial(partials.lse);
  DeviceArray const sequences(std::vector<kernels::SequenceParams>{sequence});
  DeviceArray const tiles(host_tiles);
  auto const count = static_cast<std::int32_t>(host_tiles.size());
  kernels::AttentionParams params;
  params.o = o.get();
  params.lse = lse.get();
  params.o_partial = o_partial.get();
  params.lse_partial = lse_partial.get();
  params.sequences = sequences.get();
  params.work = {.tiles = tiles.get(), .tile_count = count, .grid_ctas = count};
  params.q_heads = q_heads;
  params.kv_heads = kv_heads;
  params.head_dim = head_dim;
  auto const level = probed ? kernels::ProbeLevel::l0 : kernels::ProbeLevel::off;
  auto const warps_per_cta = static_cast<std::size_t>(
      kernels::combine_facts(head_dim, decode, level).threads_per_cta / 32);
  DeviceArray const warps(std::vector(host_tiles.size() * warps_per_cta, kernels::WarpRecord{}));
  DeviceArray const records(std::vector(host_tiles.size(), kernels::TileRecord{}));
  params.probe = {.warps = warps.get(),
                  .tiles = records.get(),
                  .warp_capacity = static_cast<std::uint32_t>(warps.size()),
                  .tile_capacity = static_cast<std::uint32_t>(records.size())};
  kernels::launch_combine(params, decode, {.probe = level}, nullptr);
  Output output{
      .o = {}, .lse = lse.download(), .warps = warps.download(), .tiles = records.download()};
  for (__nv_bfloat16 const x : o.download()) output.o.push_back(__bfloat162float(x));
  return output;
}

/// bf16 rounding of values below 1 in size; expf and logf to a few ulp.
constexpr Tolerance kOutput{.absolute = 1e-5, .relative = 0x1.0p-8};
constexpr Tolerance kLse{.absolute = 1e-5, .relative = 1e-6};

::testing::AssertionResult row_matches(Output const& output, std::size_t row, Merged const& want) {
  std::size_t const d = want.o.size();
  std::vector<float> const got(output.o.begin() + static_cast<std::ptrdiff_t>(row * d),
                               output.o.begin() + static_cast<std::ptrdiff_t>((row + 1) * d));
  if (auto const same = all_close(got, want.o, kOutput); !same) return same;
  return close(static_cast<double>(output.lse[row]), want.lse, kLse);
}

class Combine : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  }
};

TEST_F(Combine, MergesDecodeSlotsOfEveryGroupAndCount) {
  constexpr std::int32_t kKvHeads = 2;
  for (std::int32_t const head_dim : {64, 128}) {
    for (std::int32_t const group : {1, 3, 4, 16}) {
      for (std::int32_t const splits : {1, 2, 31, 32, 33, 300}) {
        auto const d = static_cast<std::size_t>(head_dim);
        auto const n = static_cast<std::size_t>(splits);
        Partials const partials = random_partials(n * kKvHeads * 16, d, 1);
        std::vector<plan::Tile> tiles(kKvHeads);
        for (std::uint16_t head = 0; head < kKvHeads; ++head) {
          tiles[head] = {.head = head, .kv_begin = head * splits, .kv_count = splits};
        }

        // As the planner makes them: more than kLoneMergeSplits splits, a tile per query head.
        Output const output = run_combine(partials, plan::spread_merges(tiles, group), {.q_len = 1},
                                          group * kKvHeads, kKvHeads, head_dim, true);

        for (std::size_t row = 0; row < static_cast<std::size_t>(group * kKvHeads); ++row) {
          std::size_t const head = row / static_cast<std::size_t>(group);
          std::vector<std::size_t> slots;
          for (std::size_t s = 0; s < n; ++s) {
            slots.push_back((head * n + s) * 16 + row % static_cast<std::size_t>(group));
          }
          ASSERT_TRUE(row_matches(output, row, merge(partials, slots, d)))
              << "head_dim " << head_dim << " group " << group << " splits " << splits;
        }
      }
    }
  }
}

TEST_F(Combine, MergesThePrefillRowsThatExist) {
  constexpr std::size_t kDim = 128;
  constexpr std::int32_t kHeads = 3;
  // q_len 200: q_block 1 holds rows 128..199. Only it is split, into 3 pieces per head.
  Partials const partials = random_partials(kHeads * 3 * 128, kDim, 2);
  std::vector<plan::Tile> tiles(kHeads);
  for (std::uint16_t head = 0; head < kHeads; ++head) {
    tiles[head] = {.head = head, .q_block = 1, .kv_begin = head * 3, .kv_count = 3};
  }

  Output const output =
      run_combine(partials, tiles, {.q_len = 200, .q_row_begin = 5}, kHeads, kHeads, 128, false);

  for (std::size_t token = 0; token < 205; ++token) {
    for (std::size_t head = 0; head < kHeads; ++head) {
      std::size_t const row = token * kHeads + head;
      if (token < 133) {  // rows of other launches: untouched
        ASSERT_TRUE(std::isnan(output.lse[row]));
        continue;
      }
      std::vector<std::size_t> slots;
      for (std::size_t s = 0; s < 3; ++s) slots.push_back((head * 3 + s) * 128 + token - 133);
      ASSERT_TRUE(row_matches(output, row, merge(partials, slots, kDim)));
    }
  }
}

TEST_F(Combine, AllEmptyPartialsGiveZeroAndMinusInfinity) {
  constexpr std::size_t kSlots = 5;
  Partials const partials{.o = std::vector<float>(kSlots * 16 * 64, kNan),
                          .lse = std::vector<float>(kSlots * 16, kNoBlocks)};

  Output const output =
      run_combine(partials, {{.kv_begin = 0, .kv_count = kSlots}}, {.q_len = 1}, 4, 1, 64, true);

  for (float const x : output.o) EXPECT_EQ(x, 0.0f);
  for (float const x : output.lse) EXPECT_EQ(x, kNoBlocks);
}

TEST_F(Combine, ANanPartialIsNotHidden) {
  Partials partials{.o = std::vector<float>(2 * 16 * 64, 1.0f),
                    .lse = std::vector<float>(2 * 16, 0.0f)};
  partials.lse[16] = kNan;

  Output const output =
      run_combine(partials, {{.kv_begin = 0, .kv_count = 2}}, {.q_len = 1}, 1, 1, 64, true);

  for (float const x : output.o) EXPECT_TRUE(std::isnan(x));
  for (float const x : output.lse) EXPECT_TRUE(std::isnan(x));
}

TEST_F(Combine, TheProbeChangesNoBitAndRecordsEveryTile) {
  Partials const partials = random_partials(4 * 7 * 16, 128, 3);
  std::vector<plan::Tile> tiles(4);
  for (std::uint16_t head = 0; head < 4; ++head) {
    tiles[head] = {.head = head, .kv_begin = head * 7, .kv_count = 7};
  }
  Output const plain = run_combine(partials, tiles, {.q_len = 1}, 16, 4, 128, true);

  Output const probed = run_combine(partials, tiles, {.q_len = 1}, 16, 4, 128, true, true);

  EXPECT_EQ(probed.o, plain.o);
  EXPECT_EQ(probed.lse, plain.lse);
  for (kernels::WarpRecord const& warp : probed.warps) {
    EXPECT_LT(warp.in_clock_cyc, warp.out_clock_cyc);
  }
  for (std::size_t i = 0; i < probed.tiles.size(); ++i) {
    EXPECT_EQ(probed.tiles[i].cta, i);
    EXPECT_LT(probed.tiles[i].begin_clock_cyc, probed.tiles[i].end_clock_cyc);
  }
  for (kernels::TileRecord const& tile : plain.tiles) EXPECT_EQ(tile.end_clock_cyc, 0u);
}

TEST_F(Combine, UsesNoLocalMemory) {
  for (std::int32_t const head_dim : {64, 128}) {
    for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
      EXPECT_EQ(kernels::combine_facts(head_dim, true, level).local_bytes, 0);
    }
  }
}

}  // namespace
}  // namespace fluxscope::testing

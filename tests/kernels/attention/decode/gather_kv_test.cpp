#include "kernels/attention/gather_kv/launch.hpp"

#include <algorithm>

#include "tests/kernels/attention/decode/problem.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::testing {
namespace {

/// `decode` behind a gather of the selection, a tile per block, pages in order of the tiles.
plan::LayerWork gather_layer(DecodeSetup const& setup, DecodeSelection const& selection,
                             Launches const& decode) {
  plan::LayerWork layer;
  layer.kv.blocks_per_head =
      (*std::max_element(setup.kv_len.begin(), setup.kv_len.end()) + 127) / 128;
  auto const blocks_per_head = static_cast<std::size_t>(layer.kv.blocks_per_head);
  layer.kv.page_table.assign(setup.rows() * blocks_per_head, -1);
  plan::WorkList copy;
  copy.op = plan::LaunchOp::gather_kv;
  for (std::size_t row = 0; row < selection.size(); ++row) {
    auto const heads = static_cast<std::size_t>(setup.kv_heads);
    for (std::int32_t const block : selection[row]) {
      layer.kv.page_table[row * blocks_per_head + static_cast<std::size_t>(block)] =
          layer.kv.pages++;
      copy.tiles.push_back({.seq = static_cast<std::uint16_t>(row / heads),
                            .head = static_cast<std::uint16_t>(row % heads),
                            .kv_begin = block,
                            .kv_count = 1});
    }
  }
  copy.scheduler = plan::Scheduler::persistent;
  copy.grid_ctas = 10;
  layer.launches = {copy};
  layer.launches.insert(layer.launches.end(), decode.begin(), decode.end());
  return layer;
}

// The cache holds NaN outside the selection and the pages hold NaN where nothing was copied, so a
// block copied to the wrong page or a row too few shows as NaN.
TEST(GatherKv, DecodingTheCopiedPagesGivesTheBitsOfTheOriginal) {
  if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  for (std::int32_t const head_dim : {64, 128}) {
    DecodeSetup const setup{.head_dim = head_dim, .kv_len = {1, 129, 4099, 2000}};
    DecodeSelection const selection = streaming_selection(setup, 1, 5);
    DecodeProblem const problem(setup, selection);
    Launches const decode = make_work(setup, selection, 2);
    plan::LayerWork const layer = gather_layer(setup, selection, decode);

    DecodeResult const original = problem.run(decode);
    DecodeResult const gathered = problem.run_layer(layer);

    EXPECT_TRUE(problem.matches(gathered));
    EXPECT_EQ(gathered.o_bits, original.o_bits);
    EXPECT_EQ(gathered.lse, original.lse);
  }
}

TEST(GatherKv, LeavesRowsBeyondKvLenAloneAndRecordsItsTile) {
  if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  constexpr std::int32_t kKvLen = 130;  // block 1 holds 2 rows
  std::vector<__nv_bfloat16> const source(256 * 64, __float2bfloat16(2.0f));
  std::vector<__nv_bfloat16> const before(2 * 128 * 64, __float2bfloat16(7.0f));
  DeviceArray const k(source), v(source), k_pages(before), v_pages(before);
  DeviceArray const table(std::vector<std::int32_t>{1, 0});
  DeviceArray const sequences(std::vector<kernels::SequenceParams>{{.q_len = 1, .kv_len = kKvLen}});
  DeviceArray const tiles(std::vector<plan::Tile>{{.kv_begin = 0, .kv_count = 2}});
  kernels::GatherKvParams params;
  params.source = {.k = k.get(), .v = v.get(), .token_stride = 64};
  params.k_pages = k_pages.get();
  params.v_pages = v_pages.get();
  params.page_table = table.get();
  params.pages_per_head = 2;
  params.sequences = sequences.get();
  params.work = {.tiles = tiles.get(), .tile_count = 1, .grid_ctas = 1};
  params.kv_heads = 1;
  params.head_dim = 64;

  DeviceArray const records(std::vector(1, kernels::TileRecord{}));
  params.probe = {.tiles = records.get(), .tile_capacity = 1};

  kernels::launch_gather_kv(params, kernels::ProbeLevel::l0, nullptr);

  EXPECT_LT(records.download()[0].begin_clock_cyc, records.download()[0].end_clock_cyc);
  for (auto const* pages : {&k_pages, &v_pages}) {
    auto const after = pages->download();
    for (std::size_t i = 0; i < after.size(); ++i) {
      bool const copied = i / 64 < 2 || i / 64 >= 128;  // page 0 holds block 1, page 1 block 0
      ASSERT_EQ(__bfloat162float(after[i]), copied ? 2.0f : 7.0f) << "element " << i;
    }
  }
}

TEST(GatherKv, UsesNoLocalMemory) {
  if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  for (std::int32_t const head_dim : {64, 128}) {
    for (auto const level : {kernels::ProbeLevel::off, kernels::ProbeLevel::l0}) {
      EXPECT_EQ(kernels::gather_kv_facts(head_dim, level).local_bytes, 0);
    }
  }
}

}  // namespace
}  // namespace fluxscope::testing

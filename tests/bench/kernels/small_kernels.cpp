#include "tests/bench/kernels/small_kernels.hpp"

#include <cstdio>
#include <memory>

#include "base/statistics.hpp"
#include "kernels/attention/gather_kv/launch.hpp"
#include "kernels/routing/router/launch.hpp"
#include "tests/bench/kernels/graph_replay.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::bench {
namespace {

using testing::DeviceArray;

constexpr std::int32_t kHeads = 8;
constexpr std::int32_t kDim = 128;
constexpr std::int64_t kBlockElements = 128 * kDim;

}  // namespace

GatherTime time_gather(KvArena const& arena, std::int32_t batch, std::int32_t kv_blocks,
                       std::int32_t blocks) {
  std::vector<plan::Tile> copies;
  std::vector<kernels::SequenceParams> host;
  std::vector<std::int32_t> table(static_cast<std::size_t>(batch * kHeads * kv_blocks), -1);
  std::int32_t page = 0;
  for (std::int32_t seq = 0; seq < batch; ++seq) {
    std::int64_t const head_stride = kv_blocks * kBlockElements;
    host.push_back({.q_len = 1,
                    .kv_len = kv_blocks * 128,
                    .q_row_begin = seq,
                    .kv_offset = seq * kHeads * head_stride,
                    .kv_head_stride = head_stride});
    for (std::int32_t head = 0; head < kHeads; ++head) {
      for (std::int32_t block = kv_blocks - blocks; block < kv_blocks; ++block) {
        table[static_cast<std::size_t>((seq * kHeads + head) * kv_blocks + block)] = page++;
        copies.push_back({.seq = static_cast<std::uint16_t>(seq),
                          .head = static_cast<std::uint16_t>(head),
                          .kv_begin = block,
                          .kv_count = 1});
      }
    }
  }
  DeviceArray const tiles(copies);
  DeviceArray const sequences(host);
  DeviceArray const device_table(table);
  auto const count = static_cast<std::int32_t>(copies.size());
  kernels::GatherKvParams params;
  params.source = {.k = arena.k(), .v = arena.v(), .token_stride = kDim};
  std::size_t const target = arena.elements() - static_cast<std::size_t>(page * kBlockElements);
  params.k_pages = arena.k() + target;
  params.v_pages = arena.v() + target;
  params.page_table = device_table.get();
  params.pages_per_head = kv_blocks;
  params.sequences = sequences.get();
  params.work = {.tiles = tiles.get(), .tile_count = count, .grid_ctas = count};
  params.kv_heads = kHeads;
  params.head_dim = kDim;
  auto const us = replay(1, [&](std::size_t, cudaStream_t stream) {
    kernels::launch_gather_kv(params, kernels::ProbeLevel::off, stream);
  });
  return {.median_us = median(us),
          .bytes = static_cast<double>(page) * static_cast<double>(kBlockElements) * 2 * 2 * 2};
}

double time_router_us(std::int32_t batch, std::int32_t q_len) {
  auto const rows = static_cast<std::size_t>(batch) * static_cast<std::size_t>(q_len) * 32;
  DeviceArray const q(std::vector<__nv_bfloat16>(rows * kDim));
  fill_normal(q.get(), q.size(), 1u);
  std::vector<std::unique_ptr<DeviceArray<__nv_bfloat16>>> weights;
  std::vector<kernels::SequenceParams> host;
  for (std::int32_t seq = 0; seq < batch; ++seq) {
    host.push_back({.q_len = q_len, .q_row_begin = std::int64_t{seq} * q_len});
  }
  DeviceArray const sequences(host);
  DeviceArray const workspace(
      std::vector<float>(kernels::router_workspace_floats(batch, kDim), 0.0f));
  DeviceArray const logits(std::vector<float>(static_cast<std::size_t>(batch) * 2, 0.0f));
  DeviceArray const gate(std::vector<std::int32_t>(static_cast<std::size_t>(batch), 0));
  kernels::RouterParams params;
  for (int layer = 0; layer < kernels::kRouterLayers; ++layer) {
    auto const [in, out] = kernels::router_width(layer, kDim);
    auto const size = static_cast<std::size_t>(in * out + out);  // bias after the weight
    weights.push_back(
        std::make_unique<DeviceArray<__nv_bfloat16>>(std::vector<__nv_bfloat16>(size)));
    fill_normal(weights.back()->get(), size, static_cast<std::uint32_t>(layer));
    params.layers[layer] = {weights.back()->get(), weights.back()->get() + in * out};
  }
  params.weight_type = kernels::RouterWeightType::bfloat16;
  params.q = q.get();
  params.sequences = sequences.get();
  params.batch = batch;
  params.q_heads = 32;
  params.head_dim = kDim;
  params.workspace = workspace.get();
  params.logits = logits.get();
  params.gate = gate.get();
  FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
  auto const us = replay(
      20, [&](std::size_t, cudaStream_t stream) { kernels::launch_router(params, {}, stream); });
  return median(us);
}

namespace {

void print_gather(KvArena const& arena, std::int32_t batch, std::int32_t kv_blocks,
                  std::int32_t blocks) {
  GatherTime const time = time_gather(arena, batch, kv_blocks, blocks);
  std::printf("gather_kv    b%-3d blocks %-6d %9.2f us  %6.3f TB/s read + written\n", batch,
              batch * kHeads * blocks, time.median_us, time.bytes / time.median_us * 1e-6);
}

void print_router(std::int32_t batch, std::int32_t q_len) {
  std::printf("router       b%-3d q_len %-7d %9.2f us\n", batch, q_len,
              time_router_us(batch, q_len));
}

}  // namespace

void print_gather_times(KvArena const& arena) {
  print_gather(arena, 1, 1024, 17);
  print_gather(arena, 8, 1024, 17);
  print_gather(arena, 8, 1024, 512);
}

void print_router_times() {
  print_router(1, 512);
  print_router(1, 8192);
  print_router(8, 2048);
}

}  // namespace fluxscope::bench

#include "tests/bench/kernels/xattn.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/cuda/capability.hpp"
#include "base/statistics.hpp"
#include "kernels/attention/prefill_kernel.hpp"
#include "kernels/device/wgmma_gpu.hpp"
#include "kernels/routing/xattn/groups.hpp"
#include "kernels/routing/xattn/select/launch.hpp"
#include "kernels/routing/xattn/tables.hpp"
#include "tests/bench/kernels/decode.hpp"
#include "tests/bench/kernels/graph_replay.hpp"
#include "tests/kernels/support/device_table.hpp"

namespace fluxscope::bench {

using testing::DeviceArray;
using testing::DeviceTableOf;

namespace {

constexpr std::int32_t kQHeads = 32;
constexpr std::int32_t kKvHeads = 8;

/// As many CTAs as the device holds at once, and a queue.
template <class Tile>
testing::HostTable<Tile> persistent(std::vector<Tile> tiles, std::int32_t ctas_per_sm) {
  std::int32_t const grid =
      std::min(cuda::sm_count() * ctas_per_sm, static_cast<std::int32_t>(tiles.size()));
  return {.tiles = std::move(tiles), .queue = true, .grid_ctas = grid};
}

/// Launches in a graph so that it lasts some milliseconds.
std::size_t launches_of(double flop) {
  return std::clamp<std::size_t>(static_cast<std::size_t>(3e12 / flop), 1, 50);
}

}  // namespace

SelectionMemory::SelectionMemory(std::int32_t kv_len)
    : q(static_cast<std::size_t>(kv_len) * kQHeads * 128),
      k(static_cast<std::size_t>(kv_len) * kKvHeads * 128),
      v(k.size()),
      o(q.size()),
      lse(static_cast<std::size_t>(kv_len) * kQHeads) {
  std::uint32_t seed = 1;
  for (auto const* array : {&q, &k, &v}) fill_normal(array->get(), array->size(), seed++);
  FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
}

struct SelectionBench::Buffers {
  Buffers(kernels::XattnTables const& tables, SelectionCase const& one, std::int32_t ctas_per_sm)
      : max_kv_blocks(tables.max_kv_blocks),
        sequences(std::vector<kernels::SequenceParams>{
            {.q_len = one.kv_len,
             .kv_len = one.kv_len,
             .kv_head_stride = std::int64_t{one.kv_len} * one.head_dim}}),
        table(persistent(tables.tiles, ctas_per_sm)),
        host_row_begin(tables.row_begin),
        host_rows(tables.rows),
        row_begin(tables.row_begin),
        rows(tables.rows),
        scores(static_cast<std::size_t>(tables.row_begin.back())),
        workspace(kernels::xattn_workspace_bytes(table.table().grid_ctas, tables.max_kv_blocks)),
        row_count(tables.rows.size()),
        columns(static_cast<std::size_t>(tables.row_begin.back())) {}

  std::int32_t max_kv_blocks;
  DeviceArray<kernels::SequenceParams> sequences;
  DeviceTableOf<kernels::XattnScoreTile> table;
  std::vector<std::int64_t> host_row_begin;
  std::vector<kernels::XattnRow> host_rows;
  DeviceArray<std::int64_t> row_begin;
  DeviceArray<kernels::XattnRow> rows;
  DeviceArray<float> scores;
  DeviceArray<char> workspace;
  DeviceArray<std::int32_t> row_count;
  DeviceArray<std::uint32_t> columns;

  [[nodiscard]] kernels::XattnScoreParams score(SelectionCase const& one,
                                                SelectionMemory const& memory) const {
    kernels::XattnScoreParams params;
    params.q = memory.q.get();
    params.kv = {.k = memory.k.get(), .token_stride = one.head_dim};
    params.sequences = sequences.get();
    params.work = table.table();
    params.row_begin = row_begin.get();
    params.block_scores = scores.get();
    params.workspace = workspace.get();
    params.max_kv_blocks = max_kv_blocks;
    params.q_heads = kQHeads;
    params.kv_heads = kKvHeads;
    params.head_dim = one.head_dim;
    params.stride = one.stride;
    params.softmax_scale = 1.0f / std::sqrt(static_cast<float>(one.head_dim));
    return params;
  }

  [[nodiscard]] kernels::XattnSelectParams select(float threshold) const {
    kernels::XattnSelectParams params;
    params.block_scores = scores.get();
    params.row_begin = row_begin.get();
    params.rows = rows.get();
    params.rows_count = static_cast<std::int32_t>(rows.size());
    params.max_kv_blocks = max_kv_blocks;
    params.threshold = threshold;
    params.row_count = row_count.get();
    params.columns = columns.get();
    return params;
  }
};

SelectionBench::SelectionBench(ScoreSubject subject, SelectionCase const& one,
                               SelectionMemory const& memory)
    : subject_(std::move(subject)), case_(one), memory_(memory) {
  auto const tables = kernels::make_xattn_tables(
      {.q_heads = kQHeads, .kv_heads = kKvHeads, .head_dim = one.head_dim},
      std::vector{plan::SequenceShape{one.kv_len, one.kv_len}}, one.stride);
  buffers_ =
      std::make_unique<Buffers>(tables, one, subject_.facts(one.head_dim, one.stride).ctas_per_sm);
}

SelectionBench::~SelectionBench() = default;

SelectionTime SelectionBench::time() const {
  SelectionTime result;
  double pairs = 0;
  for (std::int32_t group = 0; group < kernels::xattn_groups(case_.kv_len, case_.stride); ++group) {
    pairs += kernels::xattn_visible_groups(case_.kv_len, case_.kv_len, case_.stride, group);
  }
  result.useful_flop = 2.0 * kQHeads * case_.stride * case_.head_dim * pairs;
  auto const score = buffers_->score(case_, memory_);
  result.score_us =
      median(replay(launches_of(result.useful_flop),
                    [&](std::size_t, cudaStream_t stream) { subject_.launch(score, {}, stream); }));
  auto const select = buffers_->select(0.9f);
  result.select_us = median(replay(20, [&](std::size_t, cudaStream_t stream) {
    kernels::launch_xattn_select(select, {}, stream);
  }));
  return result;
}

SparseTime SelectionBench::time_attention(float threshold) const {
  kernels::launch_xattn_select(buffers_->select(threshold), {}, nullptr);
  std::vector<std::int32_t> const counts = buffers_->row_count.download();
  std::vector<plan::Tile> tiles;
  double kept = 0;
  for (std::size_t row = 0; row < counts.size(); ++row) {
    kernels::XattnRow const& at = buffers_->host_rows[row];
    auto const begin = static_cast<std::int32_t>(buffers_->host_row_begin[row]);
    tiles.push_back(plan::list_tile(at.seq, at.q_head, at.q_block, begin, counts[row]));
    kept += counts[row];
  }
  std::stable_sort(tiles.begin(), tiles.end(), [](plan::Tile const& a, plan::Tile const& b) {
    return a.kv_count > b.kv_count;
  });
  auto const kernel =
      kernels::have_wgmma() ? plan::PrefillKernel::prefill_wgmma : plan::PrefillKernel::prefill_mma;
  auto const facts = kernels::prefill_facts(kernel, case_.head_dim, kernels::ProbeLevel::off);
  DeviceTableOf const table(persistent(std::move(tiles), facts.ctas_per_sm));
  kernels::AttentionParams params;
  params.q = memory_.q.get();
  params.kv = {.k = memory_.k.get(), .v = memory_.v.get(), .token_stride = case_.head_dim};
  params.o = memory_.o.get();
  params.lse = memory_.lse.get();
  params.sequences = buffers_->sequences.get();
  params.work = table.table();
  params.work.block_list = buffers_->columns.get();
  params.q_heads = kQHeads;
  params.kv_heads = kKvHeads;
  params.head_dim = case_.head_dim;
  params.softmax_scale = 1.0f / std::sqrt(static_cast<float>(case_.head_dim));
  auto const launch = [&](std::size_t, cudaStream_t stream) {
    kernels::launch_prefill(kernel, params, kernels::ProbeLevel::off, stream);
  };
  double const flop = 4.0 * 128 * 128 * case_.head_dim * kept;
  return {.density = kept / static_cast<double>(buffers_->host_row_begin.back()),
          .attention_us = median(replay(launches_of(flop), launch))};
}

}  // namespace fluxscope::bench

#include "tests/kernels/routing/xattn/problem.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "base/parallel_for.hpp"
#include "base/random.hpp"
#include "kernels/routing/xattn/reference.hpp"
#include "tests/kernels/attention/reference.hpp"
#include "tests/kernels/support/device_array.hpp"
#include "tests/kernels/support/device_table.hpp"

namespace fluxscope::testing {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr std::uint32_t kUntouched = 0xdeadbeefu;

KvCache make_cache(XattnSetup const& setup) {
  KvCacheShape shape{.head_dim = setup.head_dim,
                     .kv_heads = setup.kv_heads,
                     .kv_len = {},
                     .token_major = setup.token_major,
                     .seed = setup.seed + 1};
  std::vector<std::vector<std::int32_t>> held;
  for (plan::SequenceShape const& sequence : setup.sequences) {
    shape.kv_len.push_back(sequence.kv_len);
    std::vector<std::int32_t> all(static_cast<std::size_t>(plan::blocks_of(sequence.kv_len)));
    std::iota(all.begin(), all.end(), 0);
    held.insert(held.end(), static_cast<std::size_t>(setup.kv_heads), all);
  }
  return {shape, held};
}

/// The table of a launch that walks it as `walk` says.
HostTable<kernels::XattnScoreTile> walked(std::vector<kernels::XattnScoreTile> const& tiles,
                                          ScoreWalk const& walk) {
  HostTable<kernels::XattnScoreTile> work{.tiles = tiles, .cta_begin = walk.cta_begin};
  if (walk.reversed) std::reverse(work.tiles.begin(), work.tiles.end());
  work.grid_ctas = walk.grid_ctas == 0 ? static_cast<std::int32_t>(tiles.size()) : walk.grid_ctas;
  if (!walk.cta_begin.empty()) {
    work.grid_ctas = static_cast<std::int32_t>(walk.cta_begin.size()) - 1;
  } else {
    work.queue = walk.queue && walk.grid_ctas != 0;
  }
  return work;
}

/// Row `row` of an array of rows of `size` elements.
std::span<float const> row_of(std::vector<float> const& rows, std::size_t row, std::size_t size) {
  return std::span(rows).subspan(row * size, size);
}

}  // namespace

XattnProblem::XattnProblem(XattnSetup setup)
    : setup_(std::move(setup)),
      tables_(kernels::make_xattn_tables(setup_.shape(), setup_.sequences, setup_.stride)),
      cache_(make_cache(setup_)) {
  Random random(setup_.seed);
  auto const row_size = static_cast<std::size_t>(setup_.q_heads * setup_.head_dim);
  std::int64_t rows = 0;
  for (plan::SequenceShape const& sequence : setup_.sequences) {
    q_.insert(q_.end(), row_size, kNan);  // a row that no sequence owns
    q_row_begin_.push_back(rows + 1);
    rows += sequence.q_len + 1;
    for (std::size_t i = 0; i < static_cast<std::size_t>(sequence.q_len) * row_size; ++i) {
      q_.push_back(round_bf16(normal_bf16(random) * setup_.q_scale));
    }
  }
  q_.insert(q_.end(), row_size, kNan);
}

std::vector<float> XattnProblem::run(ScoreLauncher const& launcher, ScoreWalk const& walk) const {
  std::vector<kernels::SequenceParams> sequences;
  for (std::size_t seq = 0; seq < setup_.sequences.size(); ++seq) {
    sequences.push_back({.q_len = setup_.sequences[seq].q_len,
                         .kv_len = setup_.sequences[seq].kv_len,
                         .q_row_begin = q_row_begin_[seq],
                         .kv_offset = cache_.kv_offset(seq) + setup_.shift,
                         .kv_head_stride = cache_.kv_head_stride(seq)});
  }
  auto const work = walked(tables_.tiles, walk);
  std::vector<float> keys(static_cast<std::size_t>(setup_.shift), kNan);
  keys.insert(keys.end(), cache_.k().begin(), cache_.k().end());

  DeviceTableOf const table(work);
  DeviceArray const device_sequences(sequences);
  DeviceArray const q(to_bf16(q_));
  DeviceArray const k(to_bf16(keys));
  DeviceArray const row_begin(tables_.row_begin);
  DeviceArray const scores(
      std::vector<float>(static_cast<std::size_t>(tables_.row_begin.back()) + 1, kNan));
  std::size_t const bytes = kernels::xattn_workspace_bytes(work.grid_ctas, tables_.max_kv_blocks);
  DeviceArray const workspace(std::vector<float>(bytes / sizeof(float), kNan));
  DeviceArray const warps(std::vector<kernels::WarpRecord>(4096));
  DeviceArray const tile_records(std::vector<kernels::TileRecord>(work.tiles.size()));
  kernels::XattnScoreParams params;
  params.q = q.get();
  params.kv = {.k = k.get(), .token_stride = cache_.token_stride()};
  params.sequences = device_sequences.get();
  params.work = table.table();
  params.row_begin = row_begin.get();
  params.block_scores = scores.get();
  params.workspace = workspace.get();
  params.max_kv_blocks = tables_.max_kv_blocks;
  params.q_heads = setup_.q_heads;
  params.kv_heads = setup_.kv_heads;
  params.head_dim = setup_.head_dim;
  params.stride = setup_.stride;
  params.softmax_scale = 1.0f / std::sqrt(static_cast<float>(setup_.head_dim));
  params.probe = {warps.get(), tile_records.get(), static_cast<std::uint32_t>(warps.size()),
                  static_cast<std::uint32_t>(tile_records.size())};
  launcher(params, {.probe = walk.probe}, nullptr);
  EXPECT_EQ(table.queue(), 0u) << "the launch left its queue in use";
  return scores.download();
}

std::vector<double> XattnProblem::expected() const {
  auto const heads = static_cast<std::size_t>(setup_.q_heads);
  auto const d = static_cast<std::size_t>(setup_.head_dim);
  std::vector<std::vector<std::vector<double>>> parts(setup_.sequences.size() * heads);
  parallel_for(parts.size(), [&](std::size_t i) {
    std::size_t const seq = i / heads;
    std::size_t const head = i % heads;
    auto const group = static_cast<std::size_t>(setup_.q_heads / setup_.kv_heads);
    std::size_t const kv_row = seq * static_cast<std::size_t>(setup_.kv_heads) + head / group;
    plan::SequenceShape const sequence = setup_.sequences[seq];
    std::vector<float> q;
    for (std::int32_t row = 0; row < sequence.q_len; ++row) {
      auto const index = static_cast<std::size_t>(q_row_begin_[seq] + row) * heads + head;
      auto const from = row_of(q_, index, d);
      q.insert(q.end(), from.begin(), from.end());
    }
    std::vector<float> k;
    for (std::int32_t token = 0; token < sequence.kv_len; ++token) {
      auto const from = row_of(cache_.k(), cache_.token_index(kv_row, token), d);
      k.insert(k.end(), from.begin(), from.end());
    }
    double const scale = 1.0 / std::sqrt(static_cast<double>(setup_.head_dim));
    parts[i] =
        kernels::xattn_score_reference(q, k, sequence, setup_.head_dim, setup_.stride, scale);
  });
  std::vector<double> all;
  for (auto const& part : parts) {
    for (auto const& row : part) all.insert(all.end(), row.begin(), row.end());
  }
  return all;
}

SelectedRows run_select(kernels::XattnTables const& tables, std::vector<float> const& scores,
                        SelectSetup const& setup) {
  DeviceArray const device_scores(scores);
  DeviceArray const row_begin(tables.row_begin);
  DeviceArray const rows(tables.rows);
  DeviceArray const thresholds(setup.head_thresholds);
  DeviceArray const row_count(std::vector<std::int32_t>(tables.rows.size(), -1));
  DeviceArray const columns(
      std::vector<std::uint32_t>(static_cast<std::size_t>(tables.row_begin.back()), kUntouched));
  DeviceArray const warps(std::vector<kernels::WarpRecord>(4096));
  kernels::XattnSelectParams params;
  params.block_scores = device_scores.get();
  params.row_begin = row_begin.get();
  params.rows = rows.get();
  params.rows_count = static_cast<std::int32_t>(tables.rows.size());
  params.max_kv_blocks = tables.max_kv_blocks;
  params.threshold = setup.threshold;
  params.head_thresholds = thresholds.get();
  params.sink_blocks = setup.sink_blocks;
  params.recent_blocks = setup.recent_blocks;
  params.row_count = row_count.get();
  params.columns = columns.get();
  params.probe = {.warps = warps.get(), .warp_capacity = static_cast<std::uint32_t>(warps.size())};
  kernels::launch_xattn_select(params, {.probe = setup.probe}, nullptr);

  std::vector<std::int32_t> const counts = row_count.download();
  std::vector<std::uint32_t> const lists = columns.download();
  SelectedRows result;
  for (std::size_t row = 0; row < counts.size(); ++row) {
    auto const begin = static_cast<std::size_t>(tables.row_begin[row]);
    auto const end = static_cast<std::size_t>(tables.row_begin[row + 1]);
    std::size_t const count = static_cast<std::size_t>(std::max(counts[row], 0));
    result.bounded &= counts[row] >= 0 && count <= end - begin;
    std::vector<std::int32_t> blocks;
    for (std::size_t i = begin; i < end; ++i) {
      if (i - begin < count) {
        blocks.push_back(static_cast<std::int32_t>(lists[i]));
      } else {
        result.bounded &= lists[i] == kUntouched;
      }
    }
    result.rows.push_back(std::move(blocks));
  }
  return result;
}

}  // namespace fluxscope::testing

#include "tests/bench/decode_bench.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <span>

#include "base/random.hpp"
#include "kernels/combine.hpp"
#include "kernels/cuda_check.hpp"
#include "plan/selection.hpp"
#include "plan/split.hpp"
#include "tests/bench/graph_replay.hpp"
#include "tests/kernels/device_array.hpp"

namespace fluxscope::bench {
namespace {

using testing::DeviceArray;

constexpr std::int32_t kQHeads = 32;
constexpr std::int32_t kKvHeads = 8;
constexpr double kL2Bytes = 60e6;  // H200, cudaDeviceProp::l2CacheSize

plan::SplitTiles make_tiles(DecodeCase const& one) {
  plan::Selection selection;
  if (one.streaming) {
    selection = {.kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};
  }
  auto const ranges = plan::selected_ranges(selection, 1, one.kv_len, 0);
  std::vector<plan::TileRow> rows;
  for (std::int32_t seq = 0; seq < one.batch; ++seq) {
    for (std::int32_t head = 0; head < kKvHeads; ++head) {
      plan::Tile tile;
      tile.seq = static_cast<std::uint16_t>(seq);
      tile.head = static_cast<std::uint16_t>(head);
      tile.sink_begin = ranges.sink_begin;
      tile.sink_count = ranges.sink_count;
      tile.kv_begin = ranges.kv_begin;
      tile.kv_count = ranges.kv_count;
      rows.push_back({tile, ranges.count()});
    }
  }
  return plan::split_rows(rows, std::vector<std::int32_t>(rows.size(), one.splits));
}

/// Contiguous sequences of cache number `set`.
std::vector<kernels::SequenceParams> make_sequences(DecodeCase const& one, std::size_t set,
                                                    std::size_t set_elements) {
  std::vector<kernels::SequenceParams> sequences;
  std::int64_t const head = std::int64_t{one.kv_len} * one.head_dim;
  for (std::int32_t seq = 0; seq < one.batch; ++seq) {
    sequences.push_back(
        {.q_len = 1,
         .kv_len = one.kv_len,
         .q_row_begin = seq,
         .kv_offset = static_cast<std::int64_t>(set * set_elements) + seq * kKvHeads * head,
         .kv_head_stride = head});
  }
  return sequences;
}

/// The cache of one launch.
struct KvSet {
  kernels::KvParams kv;
  kernels::SequenceParams const* sequences = nullptr;
};

/// The arena cut into caches of the case's size, paged in random order where the case is paged.
class KvSets {
 public:
  KvSets(DecodeCase const& one, KvArena const& arena, std::size_t set_elements, std::size_t sets)
      : batch_(static_cast<std::size_t>(one.batch)),
        sequences_(all_sequences(one, set_elements, sets)),
        page_table_(page_table(one, set_elements, sets)),
        set_pages_(page_table_.size() / sets) {
    kv_ = {.k = arena.k(), .v = arena.v(), .token_stride = one.head_dim};
    kv_.page_tokens = one.page_tokens;
    kv_.pages_per_head = one.page_tokens == 0 ? 0 : one.kv_len / one.page_tokens;
  }

  [[nodiscard]] KvSet of(std::size_t set) const {
    KvSet result{.kv = kv_, .sequences = sequences_.get() + set * batch_};
    if (kv_.page_tokens != 0) result.kv.page_table = page_table_.get() + set * set_pages_;
    return result;
  }

 private:
  static std::vector<kernels::SequenceParams> all_sequences(DecodeCase const& one,
                                                            std::size_t set_elements,
                                                            std::size_t sets) {
    std::vector<kernels::SequenceParams> all;
    for (std::size_t set = 0; set < sets; ++set) {
      auto const part = make_sequences(one, set, set_elements);
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }

  static std::vector<std::int32_t> page_table(DecodeCase const& one, std::size_t set_elements,
                                              std::size_t sets) {
    if (one.page_tokens == 0) return {};
    auto const page = static_cast<std::size_t>(one.page_tokens * one.head_dim);
    std::vector<std::int32_t> table(set_elements * sets / page);
    std::iota(table.begin(), table.end(), 0);
    Random random(1);
    shuffle(std::span(table), random);
    return table;
  }

  std::size_t batch_;
  kernels::KvParams kv_;
  DeviceArray<kernels::SequenceParams> sequences_;
  DeviceArray<std::int32_t> page_table_;
  std::size_t set_pages_;
};

/// Queries, outputs, partials and tile tables of a case.
class DecodeBuffers {
 public:
  DecodeBuffers(DecodeCase const& one, plan::SplitTiles const& split)
      : head_dim_(one.head_dim),
        rows_(static_cast<std::size_t>(one.batch) * kQHeads),
        slots_(static_cast<std::size_t>(split.partial_slots) * kernels::kDecodeSlotRows),
        q_(std::vector<__nv_bfloat16>(rows_ * static_cast<std::size_t>(head_dim_))),
        o_(std::vector<__nv_bfloat16>(rows_ * static_cast<std::size_t>(head_dim_))),
        lse_(std::vector<float>(rows_)),
        o_partial_(std::vector<float>(slots_ * static_cast<std::size_t>(head_dim_))),
        lse_partial_(std::vector<float>(slots_)),
        tiles_(split.tiles),
        combine_tiles_(split.combine),
        queue_(std::vector<std::uint32_t>(1)) {
    fill_normal(q_.get(), q_.size(), 3u);
    auto const count = static_cast<std::int32_t>(tiles_.size());
    auto const merges = static_cast<std::int32_t>(combine_tiles_.size());
    decode_ = {.tiles = tiles_.get(),
               .queue = one.persistent ? queue_.get() : nullptr,
               .tile_count = count,
               .grid_ctas = one.persistent ? one.grid_ctas : count};
    combine_ = {.tiles = combine_tiles_.get(), .tile_count = merges, .grid_ctas = merges};
  }

  [[nodiscard]] kernels::AttentionParams decode_params(KvSet const& set) const {
    return params(set, decode_);
  }
  [[nodiscard]] kernels::AttentionParams combine_params(KvSet const& set) const {
    return params(set, combine_);
  }

 private:
  [[nodiscard]] kernels::AttentionParams params(KvSet const& set,
                                                kernels::TileTable const& work) const {
    kernels::AttentionParams params;
    params.q = q_.get();
    params.kv = set.kv;
    params.o = o_.get();
    params.lse = lse_.get();
    params.o_partial = o_partial_.get();
    params.lse_partial = lse_partial_.get();
    params.sequences = set.sequences;
    params.work = work;
    params.q_heads = kQHeads;
    params.kv_heads = kKvHeads;
    params.head_dim = head_dim_;
    params.softmax_scale = 1.0f / std::sqrt(static_cast<float>(head_dim_));
    return params;
  }

  std::int32_t head_dim_;
  std::size_t rows_;
  std::size_t slots_;
  DeviceArray<__nv_bfloat16> q_;
  DeviceArray<__nv_bfloat16> o_;
  DeviceArray<float> lse_;
  DeviceArray<float> o_partial_;
  DeviceArray<float> lse_partial_;
  DeviceArray<plan::Tile> tiles_;
  DeviceArray<plan::Tile> combine_tiles_;
  DeviceArray<std::uint32_t> queue_;
  kernels::TileTable decode_;
  kernels::TileTable combine_;
};

}  // namespace

KvArena::KvArena(std::size_t bytes) : elements_(bytes / 4) {
  FLUXSCOPE_CUDA_CHECK(cudaMalloc(reinterpret_cast<void**>(&k_), elements_ * 2));
  FLUXSCOPE_CUDA_CHECK(cudaMalloc(reinterpret_cast<void**>(&v_), elements_ * 2));
  fill_normal(k_, elements_, 1u);
  fill_normal(v_, elements_, 2u);
  FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
}

KvArena::~KvArena() {
  (void)cudaFree(k_);
  (void)cudaFree(v_);
}

DecodeTime time_decode(DecodeSubject const& subject, DecodeCase const& one, KvArena const& arena) {
  plan::SplitTiles const split = make_tiles(one);
  DecodeTime time;
  time.tiles = static_cast<std::int32_t>(split.tiles.size());
  for (plan::Tile const& tile : split.tiles) {
    time.kv_bytes += plan::visited_blocks(tile) * 128.0 * one.head_dim * 4;
  }
  auto const set_elements = static_cast<std::size_t>(one.batch) * kKvHeads *
                            static_cast<std::size_t>(one.kv_len) *
                            static_cast<std::size_t>(one.head_dim);
  auto const wanted = static_cast<std::size_t>(std::ceil(4 * kL2Bytes / time.kv_bytes));
  std::size_t const sets = std::clamp<std::size_t>(wanted, 1, arena.elements() / set_elements);
  DecodeBuffers const buffers(one, split);
  KvSets const kv(one, arena, set_elements, sets);
  FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());

  kernels::AttentionParams const merge = buffers.combine_params(kv.of(0));
  auto const us = replay(sets, [&](std::size_t set, cudaStream_t stream) {
    subject.launch(buffers.decode_params(kv.of(set)), stream);
    kernels::launch_combine(merge, true, {}, stream);
  });
  time.median_us = us[us.size() / 2];
  time.min_us = us.front();
  if (!split.combine.empty()) {
    auto const merge_us = replay(20, [&](std::size_t, cudaStream_t stream) {
      kernels::launch_combine(merge, true, {}, stream);
    });
    time.combine_us = merge_us[merge_us.size() / 2];
  }
  return time;
}

void print_time(DecodeSubject const& subject, DecodeCase const& one, DecodeTime const& time) {
  std::printf(
      "%-12s hd%-3d b%-3d kv%-7d %-9s %-10s page %-3d splits %-4d tiles %-6d %9.2f us (min %9.2f) "
      "%6.3f TB/s  combine %5.2f us\n",
      subject.name.c_str(), one.head_dim, one.batch, one.kv_len,
      one.streaming ? "streaming" : "full", one.persistent ? "persistent" : "natural",
      one.page_tokens, one.splits, time.tiles, time.median_us, time.min_us,
      time.kv_bytes / time.median_us * 1e-6, time.combine_us);
}

}  // namespace fluxscope::bench

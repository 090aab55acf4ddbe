#include "tests/bench/kernels/decode.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>
#include <span>

#include "base/cuda/check.hpp"
#include "base/random.hpp"
#include "base/statistics.hpp"
#include "kernels/attention/combine/launch.hpp"
#include "kernels/attention/decode_split/launch.hpp"
#include "plan/layer/selection.hpp"
#include "plan/layer/split.hpp"
#include "plan/layer/work_list.hpp"
#include "tests/bench/kernels/graph_replay.hpp"
#include "tests/kernels/support/device_table.hpp"

namespace fluxscope::bench {
namespace {

using testing::DeviceArray;

constexpr std::int32_t kQHeads = 32;
constexpr std::int32_t kKvHeads = 8;
constexpr double kL2Bytes = 60e6;  // H200, cudaDeviceProp::l2CacheSize

plan::Selection selection_of(DecodeCase const& one, std::int32_t kv_head) {
  if (kv_head < one.full_heads) return {};
  return {.kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};
}

plan::Scheduler scheduler_of(DecodeCase const& one) {
  return one.persistent ? plan::Scheduler::persistent : plan::Scheduler::longest_first;
}

/// Split as `balanced` splits for the device.
std::vector<plan::WorkList> balanced_launches(DecodeCase const& one) {
  plan::LayerPlan plan;
  plan.phase = plan::Phase::decode;
  plan.shape = {.q_heads = kQHeads, .kv_heads = kKvHeads, .head_dim = one.head_dim};
  plan.execution = plan::Execution::balanced;
  plan.scheduler = scheduler_of(one);
  for (std::int32_t seq = 0; seq < one.batch; ++seq) {
    plan.sequences.push_back({1, one.kv_len});
    for (std::int32_t head = 0; head < kQHeads; ++head) {
      plan.selections.push_back(selection_of(one, head / (kQHeads / kKvHeads)));
    }
  }
  int sms = 0;
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetAttribute(&sms, cudaDevAttrMultiProcessorCount, 0));
  auto const facts = kernels::decode_split_facts(one.head_dim, {});
  plan::DeviceSlots const slots{.sm_count = sms, .decode_ctas_per_sm = facts.ctas_per_sm};
  return plan::make_layer_work(plan, slots).launches;
}

/// Every row in one.splits pieces.
std::vector<plan::WorkList> uniform_launches(DecodeCase const& one) {
  std::vector<plan::TileRow> rows;
  for (std::int32_t seq = 0; seq < one.batch; ++seq) {
    for (std::int32_t head = 0; head < kKvHeads; ++head) {
      auto const ranges = plan::selected_ranges(selection_of(one, head), 1, one.kv_len, 0);
      rows.push_back({plan::range_tile(seq, head, 0, ranges), ranges.count()});
    }
  }
  plan::SplitTiles split =
      plan::split_rows(rows, std::vector<std::int32_t>(rows.size(), one.splits));
  auto const tiles = static_cast<std::int32_t>(split.tiles.size());
  std::vector<plan::Tile> merges = plan::spread_merges(split.combine, kQHeads / kKvHeads);
  auto const merge_count = static_cast<std::int32_t>(merges.size());
  std::vector<plan::WorkList> launches;
  launches.push_back({.op = plan::LaunchOp::decode,
                      .scheduler = scheduler_of(one),
                      .grid_ctas = one.persistent ? one.grid_ctas : tiles,
                      .tiles = std::move(split.tiles),
                      .partial_slots = split.partial_slots});
  if (merge_count == 0) return launches;
  launches.push_back({.op = plan::LaunchOp::combine,
                      .scheduler = plan::Scheduler::natural,
                      .grid_ctas = merge_count,
                      .tiles = std::move(merges)});
  return launches;
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
  DecodeBuffers(DecodeCase const& one, std::vector<plan::WorkList> const& launches)
      : head_dim_(one.head_dim),
        rows_(static_cast<std::size_t>(one.batch) * kQHeads),
        slots_(static_cast<std::size_t>(launches.front().partial_slots)),
        q_(rows_ * static_cast<std::size_t>(head_dim_)),
        o_(rows_ * static_cast<std::size_t>(head_dim_)),
        lse_(rows_),
        o_partial_(slots_ * kernels::kDecodeSlotRows * static_cast<std::size_t>(head_dim_)),
        lse_partial_(slots_ * kernels::kDecodeSlotRows) {
    fill_normal(q_.get(), q_.size(), 3u);
    for (plan::WorkList const& list : launches) {
      tables_.push_back(std::make_unique<testing::DeviceTable>(list));
    }
  }

  [[nodiscard]] bool has_combine() const { return tables_.size() > 1; }
  [[nodiscard]] kernels::AttentionParams decode_params(KvSet const& set) const {
    return params(set, tables_.front()->table());
  }
  [[nodiscard]] kernels::AttentionParams combine_params(KvSet const& set) const {
    return params(set, tables_.back()->table());
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
  std::vector<std::unique_ptr<testing::DeviceTable>> tables_;
};

}  // namespace

KvArena::KvArena(std::size_t bytes) : k_(bytes / 4), v_(bytes / 4) {
  fill_normal(k(), elements(), 1u);
  fill_normal(v(), elements(), 2u);
  FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
}

DecodeTime time_decode(DecodeSubject const& subject, DecodeCase const& one, KvArena const& arena) {
  std::vector<plan::WorkList> const launches =
      one.splits == 0 ? balanced_launches(one) : uniform_launches(one);
  DecodeTime time;
  time.tiles = static_cast<std::int32_t>(launches.front().tiles.size());
  time.kv_bytes = static_cast<double>(launches.front().total_visited_blocks()) *
                  plan::kBlockTokens * one.head_dim * 4;
  auto const set_elements = static_cast<std::size_t>(one.batch) * kKvHeads *
                            static_cast<std::size_t>(one.kv_len) *
                            static_cast<std::size_t>(one.head_dim);
  auto const wanted = static_cast<std::size_t>(std::ceil(4 * kL2Bytes / time.kv_bytes));
  std::size_t const sets = std::clamp<std::size_t>(wanted, 1, arena.elements() / set_elements);
  DecodeBuffers const buffers(one, launches);
  KvSets const kv(one, arena, set_elements, sets);
  FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());

  kernels::AttentionParams const merge = buffers.combine_params(kv.of(0));
  auto const us = replay(sets, [&](std::size_t set, cudaStream_t stream) {
    subject.launch(buffers.decode_params(kv.of(set)), stream);
    if (buffers.has_combine()) kernels::launch_combine(merge, true, {}, stream);
  });
  time.median_us = median(us);
  time.min_us = us.front();
  if (buffers.has_combine()) {
    auto const merge_us = replay(20, [&](std::size_t, cudaStream_t stream) {
      kernels::launch_combine(merge, true, {}, stream);
    });
    time.combine_us = merge_us[merge_us.size() / 2];
  }
  return time;
}

void print_time(DecodeSubject const& subject, DecodeCase const& one, DecodeTime const& time) {
  std::printf(
      "%-20s hd%-3d b%-3d kv%-7d full %d of 8 %-10s page %-3d splits %-4d tiles %-6d %9.2f us (min "
      "%9.2f) %6.3f TB/s  combine %5.2f us\n",
      subject.name.c_str(), one.head_dim, one.batch, one.kv_len, one.full_heads,
      one.persistent ? "persistent" : "longest", one.page_tokens, one.splits, time.tiles,
      time.median_us, time.min_us, time.kv_bytes / time.median_us * 1e-6, time.combine_us);
}

}  // namespace fluxscope::bench

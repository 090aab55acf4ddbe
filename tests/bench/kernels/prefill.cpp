#include "tests/bench/kernels/prefill.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

#include "base/statistics.hpp"
#include "kernels/attention/combine/launch.hpp"
#include "kernels/attention/gather_kv/launch.hpp"
#include "plan/layer/kv_sections.hpp"
#include "plan/layer/names.hpp"
#include "tests/bench/kernels/decode.hpp"
#include "tests/bench/kernels/graph_replay.hpp"
#include "tests/kernels/support/device_table.hpp"

namespace fluxscope::bench {

using testing::DeviceArray;
using testing::DeviceTable;

namespace {

constexpr std::int32_t kQHeads = 32;
constexpr std::int32_t kKvHeads = 8;
constexpr plan::Selection kStreaming{
    .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};

/// The streaming KV heads lie evenly among the others.
plan::LayerPlan make_plan(PrefillCase const& one) {
  plan::LayerPlan plan;
  plan.phase = plan::Phase::prefill;
  plan.shape = {.q_heads = kQHeads, .kv_heads = kKvHeads, .head_dim = one.head_dim};
  plan.sequences = {{one.kv_len, one.kv_len}};
  for (std::int32_t head = 0; head < kQHeads; ++head) {
    std::int32_t const kv_head = head / (kQHeads / kKvHeads);
    bool const streams = kv_head * one.streaming_kv_heads % kKvHeads < one.streaming_kv_heads;
    plan.selections.push_back(streams ? kStreaming : plan::Selection{});
  }
  plan.execution = one.execution;
  plan.scheduler = one.scheduler;
  return plan;
}

double useful_flop(plan::LayerPlan const& plan) {
  double pairs = 0;
  auto const [q_len, kv_len] = plan.sequences[0];
  for (plan::Selection const& selection : plan.selections) {
    for (std::int32_t q_block = 0; q_block < plan::blocks_of(q_len); ++q_block) {
      // All blocks but the last are below the diagonal; of that one row r sees r + 1 tokens.
      auto const blocks = plan::selected_ranges(selection, q_len, kv_len, q_block).count();
      pairs += 128.0 * 128.0 * (blocks - 1) + 128.0 * 129.0 / 2;
    }
  }
  return 4.0 * plan.shape.head_dim * pairs;
}

}  // namespace

PrefillMemory::PrefillMemory(std::int32_t kv_len)
    : q_(static_cast<std::size_t>(kv_len) * kQHeads * 128),
      o_(q_.size()),
      k_(static_cast<std::size_t>(kv_len) * kKvHeads * 128),
      v_(k_.size()),
      k_pages_(k_.size()),
      v_pages_(k_.size()),
      lse_(static_cast<std::size_t>(kv_len) * kQHeads) {
  std::uint32_t seed = 1;
  for (auto const* array : {&q_, &k_, &v_, &k_pages_, &v_pages_}) {
    fill_normal(array->get(), array->size(), seed++);
  }
  FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
}

/// The launches of one case, ready to be enqueued.
class PrefillLayer {
 public:
  PrefillLayer(PrefillCase const& one, plan::LayerWork const& work, PrefillMemory const& memory)
      : work_(work),
        sequences_(std::vector<kernels::SequenceParams>{
            {.q_len = one.kv_len,
             .kv_len = one.kv_len,
             .kv_head_stride = std::int64_t{one.kv_len} * one.head_dim}}),
        page_table_(work.kv.page_table),
        o_partial_(slot_rows(work) * static_cast<std::size_t>(one.head_dim)),
        lse_partial_(slot_rows(work)),
        source_{.k = memory.k_.get(), .v = memory.v_.get(), .token_stride = one.head_dim} {
    params_.q = memory.q_.get();
    params_.kv = source_;
    if (!work.kv.page_table.empty()) {
      params_.kv = {.k = memory.k_pages_.get(),
                    .v = memory.v_pages_.get(),
                    .page_table = page_table_.get(),
                    .page_tokens = plan::kBlockTokens,
                    .pages_per_head = work.kv.blocks_per_head};
    }
    params_.o = memory.o_.get();
    params_.lse = memory.lse_.get();
    params_.o_partial = o_partial_.get();
    params_.lse_partial = lse_partial_.get();
    params_.sequences = sequences_.get();
    params_.q_heads = kQHeads;
    params_.kv_heads = kKvHeads;
    params_.head_dim = one.head_dim;
    params_.softmax_scale = 1.0f / std::sqrt(static_cast<float>(one.head_dim));
    for (plan::WorkList const& list : work.launches) {
      tables_.push_back(std::make_unique<DeviceTable>(list));
    }
  }

  void enqueue(PrefillSubject const& subject, kernels::ProbeBuffers const& probe,
               cudaStream_t stream) const {
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      kernels::AttentionParams params = params_;
      params.work = tables_[i]->table();
      plan::LaunchOp const op = work_.launches[i].op;
      if (op == plan::LaunchOp::gather_kv) {
        gather(params, stream);
      } else if (op == plan::LaunchOp::combine) {
        kernels::launch_combine(params, false, {}, stream);
      } else {
        params.probe = probe;
        bool const probed = probe.warp_capacity > 0;
        subject.launch(params, probed ? kernels::ProbeLevel::l0 : kernels::ProbeLevel::off, stream);
      }
    }
  }

 private:
  static std::size_t slot_rows(plan::LayerWork const& work) {
    std::int32_t slots = 0;
    for (plan::WorkList const& list : work.launches) slots = std::max(slots, list.partial_slots);
    return static_cast<std::size_t>(slots) * kernels::kPrefillSlotRows;
  }

  void gather(kernels::AttentionParams const& params, cudaStream_t stream) const {
    kernels::GatherKvParams gather;
    gather.source = source_;
    gather.k_pages = const_cast<__nv_bfloat16*>(params.kv.k);
    gather.v_pages = const_cast<__nv_bfloat16*>(params.kv.v);
    gather.page_table = params.kv.page_table;
    gather.pages_per_head = params.kv.pages_per_head;
    gather.sequences = params.sequences;
    gather.work = params.work;
    gather.kv_heads = kKvHeads;
    gather.head_dim = params.head_dim;
    kernels::launch_gather_kv(gather, kernels::ProbeLevel::off, stream);
  }

  plan::LayerWork const& work_;
  DeviceArray<kernels::SequenceParams> sequences_;
  DeviceArray<std::int32_t> page_table_;
  DeviceArray<float> o_partial_;
  DeviceArray<float> lse_partial_;
  kernels::KvParams source_;
  kernels::AttentionParams params_;
  std::vector<std::unique_ptr<DeviceTable>> tables_;
};

namespace {

/// SM clock while the layer runs: cycles by nanoseconds over the lifetimes of the first CTAs'
/// warps.
double measure_clock(PrefillSubject const& subject, PrefillLayer const& layer) {
  constexpr std::uint32_t kRecords = 1024;
  DeviceArray const warps(std::vector(kRecords, kernels::WarpRecord{}));
  DeviceArray const tiles(std::vector(1, kernels::TileRecord{}));
  layer.enqueue(subject, {warps.get(), tiles.get(), kRecords, 1}, nullptr);
  double cycles = 0;
  double nanoseconds = 0;
  for (kernels::WarpRecord const& warp : warps.download()) {
    if (warp.out_globaltimer_ns == 0) continue;
    cycles += static_cast<double>(warp.out_clock_cyc - warp.in_clock_cyc);
    nanoseconds += static_cast<double>(warp.out_globaltimer_ns - warp.in_globaltimer_ns);
  }
  return nanoseconds > 0 ? cycles / nanoseconds * 1e3 : 0;
}

}  // namespace

PrefillTime time_prefill(PrefillSubject const& subject, PrefillCase const& one,
                         PrefillMemory const& memory) {
  plan::LayerPlan const plan = make_plan(one);
  int sms = 0;
  int l2_bytes = 0;
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetAttribute(&sms, cudaDevAttrMultiProcessorCount, 0));
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetAttribute(&l2_bytes, cudaDevAttrL2CacheSize, 0));
  plan::DeviceSlots const slots{
      .sm_count = sms,
      .kv_section_bytes = plan::kv_section_bytes(l2_bytes),
      .prefill_ctas_per_sm = subject.facts.ctas_per_sm,
      .copy_ctas_per_sm =
          kernels::gather_kv_facts(one.head_dim, kernels::ProbeLevel::off).ctas_per_sm};
  plan::LayerWork const work = plan::make_layer_work(plan, slots);
  PrefillLayer const layer(one, work, memory);
  PrefillTime time;
  time.useful_flop = useful_flop(plan);
  time.executed_flop =
      4.0 * one.head_dim * 128.0 * 128.0 * static_cast<double>(work.visited_blocks);
  // About a millisecond a sample for short cases, one layer for long ones.
  auto const layers =
      std::clamp<std::size_t>(static_cast<std::size_t>(3e11 / time.executed_flop), 1, 50);
  auto const us = replay(
      layers, [&](std::size_t, cudaStream_t stream) { layer.enqueue(subject, {}, stream); },
      time.executed_flop > 2e13 ? 1 : 2);
  time.median_us = median(us);
  time.min_us = us.front();
  if (subject.has_probe) time.sm_clock_mhz = measure_clock(subject, layer);
  return time;
}

void print_time(PrefillSubject const& subject, PrefillCase const& one, PrefillTime const& time) {
  std::printf(
      "%-22s hd%-3d kv%-6d streaming %d/8 %-13s %-14s %10.1f us (min %10.1f) %6.1f TFLOP/s useful "
      "%6.1f executed  %5.0f MHz\n",
      subject.name.c_str(), one.head_dim, one.kv_len, one.streaming_kv_heads,
      plan::to_text(one.execution).c_str(), plan::to_text(one.scheduler).c_str(), time.median_us,
      time.min_us, time.useful_flop / time.median_us * 1e-6,
      time.executed_flop / time.median_us * 1e-6, time.sm_clock_mhz);
  std::fflush(stdout);
}

}  // namespace fluxscope::bench

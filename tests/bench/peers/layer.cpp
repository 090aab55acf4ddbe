#include "tests/bench/peers/layer.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "kernels/attention/combine/launch.hpp"
#include "kernels/attention/decode_split/launch.hpp"
#include "kernels/attention/gather_kv/launch.hpp"
#include "kernels/attention/prefill_kernel.hpp"
#include "plan/layer/kv_sections.hpp"
#include "plan/layer/names.hpp"
#include "plan/layer/schedule.hpp"

namespace fluxscope::bench {
namespace {

constexpr plan::Selection kStreaming{
    .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};

struct TimedKernel {
  char const* name;
  plan::Phase phase;
  plan::PrefillKernel prefill_kernel = {};  ///< phase prefill only
};

TimedKernel timed_kernel(LayerRequest const& request) {
  constexpr TimedKernel kKernels[] = {
      {"prefill_mma", plan::Phase::prefill, plan::PrefillKernel::prefill_mma},
      {"prefill_wgmma", plan::Phase::prefill, plan::PrefillKernel::prefill_wgmma},
      {"decode_split", plan::Phase::decode}};
  for (TimedKernel const& kernel : kKernels) {
    if (request.kernel == std::string_view(kernel.name)) return kernel;
  }
  throw InputError("kernel '" + std::string(request.kernel) +
                   "' (it is not timed here) use prefill_mma, prefill_wgmma or decode_split.");
}

plan::Selection selection_of(LayerRequest const& request, std::int32_t q_head) {
  if (request.row_begin != nullptr) return {.kind = plan::SelectionKind::blocks};
  std::int32_t const kv_head = q_head / (request.q_heads / request.kv_heads);
  bool const streams = request.streams != nullptr && request.streams[kv_head] != 0;
  return streams ? kStreaming : plan::Selection{};
}

plan::BlockLists lists_of(LayerRequest const& request) {
  if (request.row_begin == nullptr) return {};
  auto const rows =
      static_cast<std::int64_t>(request.batch) * request.q_heads * plan::blocks_of(request.q_len);
  return {{request.row_begin, request.row_begin + rows + 1},
          {request.columns, request.columns + request.row_begin[rows]}};
}

plan::LayerPlan make_plan(LayerRequest const& request, plan::Phase phase) {
  plan::LayerPlan plan;
  plan.phase = phase;
  plan.shape = {request.q_heads, request.kv_heads, request.head_dim};
  plan::validate(plan.shape, phase);
  for (std::int32_t seq = 0; seq < request.batch; ++seq) {
    plan.sequences.push_back({request.q_len, request.kv_len});
    for (std::int32_t head = 0; head < request.q_heads; ++head) {
      plan.selections.push_back(selection_of(request, head));
    }
  }
  plan.block_lists = lists_of(request);
  plan.execution = plan::execution_from(request.execution);
  plan.scheduler = plan::scheduler_from(request.scheduler);
  return plan;
}

plan::DeviceSlots make_slots(std::int32_t head_dim, plan::PrefillKernel kernel) {
  int device = 0;
  int sms = 0;
  int l2_bytes = 0;
  FLUXSCOPE_CUDA_CHECK(cudaGetDevice(&device));
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetAttribute(&sms, cudaDevAttrMultiProcessorCount, device));
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetAttribute(&l2_bytes, cudaDevAttrL2CacheSize, device));
  return {
      .sm_count = sms,
      .prefill_kernel = kernel,
      .kv_section_bytes = plan::kv_section_bytes(l2_bytes),
      .prefill_ctas_per_sm =
          kernels::prefill_facts(kernel, head_dim, kernels::ProbeLevel::off).ctas_per_sm,
      .decode_ctas_per_sm = kernels::decode_split_facts(head_dim, {}).ctas_per_sm,
      .copy_ctas_per_sm = kernels::gather_kv_facts(head_dim, kernels::ProbeLevel::off).ctas_per_sm};
}

/// Every query block reads all KV blocks. The kernels' mask is causal, so the queries stand behind
/// the KV: to them the sequence is kv_len + q_len tokens long, of which no tile names the last
/// q_len.
plan::LayerWork work_without_mask(plan::LayerPlan const& plan, plan::DeviceSlots const& slots) {
  auto const sections = plan::kv_sections(plan.shape, plan.sequences, slots.kv_section_bytes);
  plan::TileRows rows;
  std::size_t pair = 0;
  for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
    auto const [q_len, kv_len] = plan.sequences[seq];
    std::int32_t const blocks = plan::blocks_of(kv_len);
    for (std::int32_t head = 0; head < plan.shape.q_heads; ++head, ++pair) {
      for (std::int32_t q_block = 0; q_block < plan::blocks_of(q_len); ++q_block) {
        plan::Tile const tile =
            plan::range_tile(static_cast<std::int32_t>(seq), head, q_block, {.kv_count = blocks});
        rows.rows.push_back({tile, blocks, sections[pair]});
      }
    }
  }
  plan::LayerWork work;
  work.launches = plan::schedule_rows(std::move(rows), plan.phase, plan::SplitRule::none,
                                      plan.scheduler, slots);
  for (plan::WorkList const& list : work.launches) {
    work.visited_blocks += list.total_visited_blocks();
  }
  work.selected_blocks = work.visited_blocks;
  return work;
}

plan::LayerWork make_work(LayerRequest const& request) {
  TimedKernel const kernel = timed_kernel(request);
  plan::LayerPlan const plan = make_plan(request, kernel.phase);
  plan::DeviceSlots const slots = make_slots(request.head_dim, kernel.prefill_kernel);
  if (request.causal == 0 && kernel.phase == plan::Phase::prefill) {
    if (request.kv_len % plan::kBlockTokens != 0) {
      throw InputError("kv_len = " + std::to_string(request.kv_len) +
                       " without a causal mask (the last block must be whole) use a multiple of " +
                       std::to_string(plan::kBlockTokens) + ".");
    }
    return work_without_mask(plan, slots);
  }
  plan::LayerWork work = plan::make_layer_work(plan, slots);
  if (!work.kv.page_table.empty()) {
    throw InputError("execution " + std::string(request.execution) +
                     " needs paged KV (the tensors here are contiguous) use fused or balanced.");
  }
  return work;
}

std::vector<kernels::SequenceParams> make_sequences(LayerRequest const& request) {
  std::vector<kernels::SequenceParams> sequences;
  std::int64_t const head = std::int64_t{request.kv_len} * request.head_dim;
  std::int32_t const behind = request.causal == 0 && request.q_len > 1 ? request.q_len : 0;
  for (std::int32_t seq = 0; seq < request.batch; ++seq) {
    sequences.push_back({.q_len = request.q_len,
                         .kv_len = request.kv_len + behind,
                         .q_row_begin = std::int64_t{seq} * request.q_len,
                         .kv_offset = seq * request.kv_heads * head,
                         .kv_head_stride = head});
  }
  return sequences;
}

std::size_t slot_rows(plan::LayerWork const& work, plan::Phase phase) {
  std::int32_t slots = 0;
  for (plan::WorkList const& list : work.launches) slots = std::max(slots, list.partial_slots);
  return static_cast<std::size_t>(slots) *
         static_cast<std::size_t>(phase == plan::Phase::decode ? kernels::kDecodeSlotRows
                                                               : kernels::kPrefillSlotRows);
}

}  // namespace

PeersLayer::PeersLayer(LayerRequest const& request)
    : phase_(timed_kernel(request).phase),
      work_(make_work(request)),
      sequences_(make_sequences(request)),
      o_partial_(slot_rows(work_, phase_) * static_cast<std::size_t>(request.head_dim)),
      lse_partial_(slot_rows(work_, phase_)) {
  params_.kv.token_stride = request.head_dim;
  params_.o_partial = o_partial_.get();
  params_.lse_partial = lse_partial_.get();
  params_.sequences = sequences_.get();
  params_.q_heads = request.q_heads;
  params_.kv_heads = request.kv_heads;
  params_.head_dim = request.head_dim;
  params_.softmax_scale = 1.0f / std::sqrt(static_cast<float>(request.head_dim));
  for (plan::WorkList const& list : work_.launches) {
    tables_.push_back(std::make_unique<testing::DeviceTable>(list));
  }
}

void PeersLayer::launch(LayerTensors const& tensors, cudaStream_t stream) const {
  kernels::AttentionParams params = params_;
  params.q = static_cast<__nv_bfloat16 const*>(tensors.q);
  params.kv.k = static_cast<__nv_bfloat16 const*>(tensors.k);
  params.kv.v = static_cast<__nv_bfloat16 const*>(tensors.v);
  params.o = static_cast<__nv_bfloat16*>(tensors.o);
  params.lse = static_cast<float*>(tensors.lse);
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    params.work = tables_[i]->table();
    plan::WorkList const& list = work_.launches[i];
    if (list.op == plan::LaunchOp::combine) {
      kernels::launch_combine(params, phase_ == plan::Phase::decode, {}, stream);
    } else if (list.op == plan::LaunchOp::decode) {
      kernels::launch_decode_split(params, {.early = true}, stream);
    } else {
      kernels::launch_prefill(list.prefill_kernel, params, kernels::ProbeLevel::off, stream);
    }
  }
}

}  // namespace fluxscope::bench

#include "profiler/device/case.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/cuda/capability.hpp"
#include "base/error.hpp"
#include "kernels/attention/combine/launch.hpp"
#include "kernels/attention/decode_split/launch.hpp"
#include "kernels/attention/gather_kv/launch.hpp"
#include "kernels/attention/prefill_kernel.hpp"
#include "plan/layer/partial_slot.hpp"
#include "plan/placement/turned.hpp"

namespace fluxscope::profiler {

static_assert(kernels::kPrefillSlotRows == plan::partial_slot_rows(plan::Phase::prefill) &&
                  kernels::kDecodeSlotRows == plan::partial_slot_rows(plan::Phase::decode),
              "kernels write the partial slots that a case's memory is sized for");

DeviceCase::DeviceCase(plan::LayerPlan const& plan, plan::LayerWork const& work, CaseMemory& memory,
                       std::int64_t l2_bytes, cudaStream_t stream)
    : plan_(plan),
      work_(work),
      memory_(memory),
      layout_(runs::make_case_layout(plan, work)),
      copies_(choose_copies(layout_, l2_bytes, memory.copy_budget_bytes())),
      sm_count_(cuda::sm_count()) {
  memory_.reserve(layout_, copies_.copies, stream);
  upload(stream);
}

void DeviceCase::upload(cudaStream_t stream) {
  memory_.begin_tables();
  for (plan::WorkList const& list : work_.launches) {
    LaunchTables tables;
    std::int32_t const turns = plan::turns_of(list, sm_count_);
    for (std::int32_t turn = 0; turn < turns; ++turn) {
      plan::WorkList const placed = plan::turned(list, turn, sm_count_);
      tables.tiles.push_back(memory_.add_table(placed.tiles));
      tables.cta_begin.push_back(memory_.add_table(placed.cta_begin));
    }
    turns_ = std::max(turns_, static_cast<std::uint32_t>(turns));
    tables.block_list = memory_.add_table(list.block_list);
    tables.queue = memory_.add_table(std::vector<std::uint32_t>{0});
    tables_.push_back(std::move(tables));
  }
  std::vector<kernels::SequenceParams> sequences;
  for (std::size_t seq = 0; seq < plan_.sequences.size(); ++seq) {
    runs::SequencePlace const& place = layout_.sequences[seq];
    sequences.push_back({.q_len = plan_.sequences[seq].q_len,
                         .kv_len = plan_.sequences[seq].kv_len,
                         .q_row_begin = place.q_row_begin,
                         .kv_offset = place.kv_offset,
                         .kv_head_stride = place.kv_head_stride});
  }
  sequences_ = memory_.add_table(sequences);
  page_table_ = memory_.add_table(work_.kv.page_table);
  memory_.upload_tables(stream);
}

kernels::TileTable DeviceCase::tile_table(std::size_t index, std::uint32_t turn) const {
  plan::WorkList const& list = work_.launches[index];
  LaunchTables const& tables = tables_[index];
  std::size_t const place = turn % tables.tiles.size();
  return {.tiles = memory_.table<plan::Tile>(tables.tiles[place]),
          .block_list = memory_.table<std::uint32_t>(tables.block_list),
          .cta_begin = list.cta_begin.empty()
                           ? nullptr
                           : memory_.table<std::int32_t>(tables.cta_begin[place]),
          .queue = list.scheduler == plan::Scheduler::persistent
                       ? memory_.table<std::uint32_t>(tables.queue)
                       : nullptr,
          .tile_count = static_cast<std::int32_t>(list.tiles.size()),
          .grid_ctas = list.grid_ctas};
}

kernels::KvParams DeviceCase::cache(std::uint32_t copy) const {
  __nv_bfloat16 const* const k = memory_.kv.data() + copy * layout_.kv_elements();
  return {.k = k, .v = k + layout_.cache_elements, .token_stride = plan_.shape.head_dim};
}

kernels::KvParams DeviceCase::pages(std::uint32_t copy) const {
  __nv_bfloat16 const* const k =
      memory_.kv.data() + copy * layout_.kv_elements() + 2 * layout_.cache_elements;
  return {.k = k,
          .v = k + layout_.page_elements,
          .page_table = memory_.table<std::int32_t>(page_table_),
          .page_tokens = plan::kBlockTokens,
          .pages_per_head = work_.kv.blocks_per_head};
}

kernels::AttentionParams DeviceCase::attention(std::size_t index, Place place) const {
  return {.q = memory_.q.data() + place.copy * layout_.q_elements,
          .kv = layout_.paged ? pages(place.copy) : cache(place.copy),
          .o = memory_.o.data(),
          .lse = memory_.lse.data(),
          .o_partial = memory_.o_partial.data(),
          .lse_partial = memory_.lse_partial.data(),
          .sequences = memory_.table<kernels::SequenceParams>(sequences_),
          .work = tile_table(index, place.turn),
          .q_heads = plan_.shape.q_heads,
          .kv_heads = plan_.shape.kv_heads,
          .head_dim = plan_.shape.head_dim,
          .softmax_scale = 1.0f / std::sqrt(static_cast<float>(plan_.shape.head_dim))};
}

void DeviceCase::launch(std::size_t index, Place place, kernels::ProbeLevel level,
                        kernels::ProbeBuffers const& probe, cudaStream_t stream) const {
  plan::LaunchOp const op = work_.launches[index].op;
  if (op == plan::LaunchOp::gather_kv) {
    auto const target = pages(place.copy);
    kernels::GatherKvParams const params{
        .source = cache(place.copy),
        .k_pages = memory_.kv.data() + (target.k - memory_.kv.data()),
        .v_pages = memory_.kv.data() + (target.v - memory_.kv.data()),
        .page_table = target.page_table,
        .pages_per_head = target.pages_per_head,
        .sequences = memory_.table<kernels::SequenceParams>(sequences_),
        .work = tile_table(index, place.turn),
        .kv_heads = plan_.shape.kv_heads,
        .head_dim = plan_.shape.head_dim,
        .probe = probe};
    kernels::launch_gather_kv(params, level, stream);
    return;
  }
  kernels::AttentionParams params = attention(index, place);
  params.probe = probe;
  switch (op) {
    case plan::LaunchOp::prefill:
      return kernels::launch_prefill(work_.launches[index].prefill_kernel, params, level, stream);
    case plan::LaunchOp::decode:
      return kernels::launch_decode_split(params, {.probe = level}, stream);
    case plan::LaunchOp::combine:
      return kernels::launch_combine(params, plan_.phase == plan::Phase::decode,
                                     {.probe = level, .early = false}, stream);
    default:  // no plan makes the others
      break;
  }
  throw ContractError("a launch without a kernel");
}

void DeviceCase::launch_all(Place place, cudaStream_t stream) const {
  for (std::size_t i = 0; i < launches(); ++i) {
    launch(i, place, kernels::ProbeLevel::off, {}, stream);
  }
}

kernels::KernelFacts DeviceCase::facts(std::size_t index, kernels::ProbeLevel level) const {
  std::int32_t const head_dim = plan_.shape.head_dim;
  switch (work_.launches[index].op) {
    case plan::LaunchOp::gather_kv:
      return kernels::gather_kv_facts(head_dim, level);
    case plan::LaunchOp::prefill:
      return kernels::prefill_facts(work_.launches[index].prefill_kernel, head_dim, level);
    case plan::LaunchOp::decode:
      return kernels::decode_split_facts(head_dim, {.probe = level});
    case plan::LaunchOp::combine:
      return kernels::combine_facts(head_dim, plan_.phase == plan::Phase::decode, level);
    default:  // no plan makes the others
      break;
  }
  throw ContractError("a launch without a kernel");
}

}  // namespace fluxscope::profiler

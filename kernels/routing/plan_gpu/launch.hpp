#pragma once
// plan_gpu: the tile table of one prefill layer, made on the GPU from a choice that lies there.
//
// The table is the one that plan::make_layer_work makes for execution `fused` and scheduler
// `persistent`, tile by tile: a tile per (sequence, query head, query block), longest first inside
// each KV section, ties in natural order. One difference: a list tile's kv_begin is its place in
// `lists`, where the CPU planner packs the lists that are used.
//
// Algorithm: a stable counting sort by visited blocks in one cooperative launch. CTAs count chunks
// of kPlanChunkRows rows; after a grid-wide barrier they turn a section's counts of a key into
// places, chunk by chunk; after another they move the rows there.

#include <cuda_runtime_api.h>

#include <cstddef>

#include "kernels/attention/params.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/routing/block_lists.hpp"
#include "plan/layer/selection.hpp"

namespace fluxscope::kernels {

inline constexpr std::int32_t kPlanChunkRows = 512;
/// Limits of the tables in shared memory.
inline constexpr std::int32_t kPlanMaxBatch = 1024;
inline constexpr std::int32_t kPlanMaxSections = 2048;

/// A head reads everything where its sequence's gate or its own flag is 1, else what `sparse` says.
struct PlanGpuParams {
  SequenceParams const* sequences = nullptr;  // [batch]
  std::int32_t batch = 0;
  std::int32_t q_heads = 0;
  std::int32_t const* gate = nullptr;        // [batch] as the router writes it; null: all 0
  std::uint8_t const* full_heads = nullptr;  // [q_heads] or [batch, q_heads]; null: all 0
  bool full_heads_per_sequence = false;      ///< the second of the two shapes
  plan::Selection sparse;
  DeviceBlockLists lists;  ///< kind `blocks` only
  std::int32_t const* section_begin =
      nullptr;                 // [sections] first rows, ascending from 0; null: one
  std::int32_t sections = 1;   ///< see plan/layer/kv_sections.hpp
  std::int32_t kv_blocks = 0;  ///< no sequence has more
  std::int32_t tile_capacity = 0;
  void* workspace = nullptr;    // [plan_gpu_workspace_bytes(tile_capacity, sections, kv_blocks)]
  plan::Tile* tiles = nullptr;  // [tile_capacity]
  /// 1 number: the tiles written. -1, and what is in `tiles` is worthless, where there are a
  /// sequence without 0 <= q_len <= kv_len or of more than kv_blocks blocks, more rows than
  /// tile_capacity, a list of more than kv_blocks or fewer than 0 blocks or that begins beyond
  /// 2^31 - 1, or sections whose first rows do not ascend from 0: attention then runs no tile.
  std::int32_t* tile_count = nullptr;
  ProbeBuffers probe;  ///< warp records only
};

/// Never changes the result.
struct PlanGpuTuning {
  ProbeLevel probe = ProbeLevel::off;
};

[[nodiscard]] std::size_t plan_gpu_workspace_bytes(std::int32_t tile_capacity,
                                                   std::int32_t sections, std::int32_t kv_blocks);

/// Enqueues one cooperative launch; allocates nothing, does not synchronise. Throws InputError for
/// a number outside its limit or a null or misaligned pointer, CudaError if the launch is refused.
void launch_plan_gpu(PlanGpuParams const& params, PlanGpuTuning const& tuning, cudaStream_t stream);

[[nodiscard]] KernelFacts plan_gpu_facts(std::int32_t batch, std::int32_t sections,
                                         std::int32_t kv_blocks, PlanGpuTuning const& tuning);

}  // namespace fluxscope::kernels

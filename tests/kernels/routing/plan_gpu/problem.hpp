#pragma once
// One prefill layer for plan_gpu, and the table that the CPU planner makes of it.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "kernels/routing/plan_gpu/launch.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::testing {

struct PlanGpuSetup {
  plan::AttentionShape shape{.q_heads = 8, .kv_heads = 2, .head_dim = 128};
  std::vector<plan::SequenceShape> sequences;  // [batch]
  plan::Selection sparse{
      .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};
  std::vector<std::int32_t> gate;        // [batch] or empty
  std::vector<std::uint8_t> full_heads;  // [q_heads], [batch, q_heads] or empty
  plan::BlockLists lists;                ///< sparse.kind `blocks`
  std::int64_t kv_section_bytes = 0;
  std::int32_t list_gap = 0;  ///< entries between the lists of two rows on the device
  // What the caller tells plan_gpu; the least that holds unless given.
  std::optional<std::int32_t> tile_capacity;
  std::optional<std::int32_t> kv_blocks;
  std::vector<std::int32_t> section_begin;
  kernels::ProbeLevel probe = kernels::ProbeLevel::off;

  [[nodiscard]] std::int32_t rows() const;
};

/// Lists of all rows; each visible block is there with probability `density`.
[[nodiscard]] plan::BlockLists random_lists(PlanGpuSetup const& setup, double density,
                                            Random& random);

/// Execution fused, scheduler persistent, the gate and the flags resolved.
[[nodiscard]] plan::LayerPlan layer_plan(PlanGpuSetup const& setup);

/// The CPU planner's tiles, list tiles with their place in the device's lists.
[[nodiscard]] std::vector<plan::Tile> expected_tiles(PlanGpuSetup const& setup);

struct PlanGpuResult {
  std::int32_t tile_count = 0;
  std::vector<plan::Tile> tiles;  // [tile_capacity]; seq 0xffff where plan_gpu wrote none
  std::vector<kernels::WarpRecord> warps;
};

/// Runs plan_gpu `launches` times on the same memory; the result of the last.
[[nodiscard]] PlanGpuResult run_plan_gpu(PlanGpuSetup const& setup, int launches = 1);

}  // namespace fluxscope::testing

#pragma once
// The launches of one layer as data. GPU kernels and the simulator read the same tables.

#include <cstdint>
#include <span>
#include <vector>

#include "plan/layer/layer_plan.hpp"
#include "plan/layer/tile.hpp"
#include "plan/op/catalog.hpp"

namespace fluxscope::plan {

/// One launch.
struct WorkList {
  LaunchOp op = LaunchOp::prefill;
  PrefillKernel prefill_kernel = PrefillKernel::prefill_mma;  ///< op prefill only
  Scheduler scheduler = Scheduler::natural;
  std::int32_t grid_ctas = 0;
  std::int32_t ctas_per_sm = 1;  ///< resident CTAs per SM that the plan assumed
  std::vector<Tile> tiles;       ///< in order: CTA i runs tile i (natural, longest_first), takes
                                 ///< the next (persistent) or runs its share (balanced_split)
  std::vector<std::uint32_t> block_list;  ///< see TileKind::list and kMaskedOutBit
  std::vector<std::int32_t> cta_begin;    ///< [grid_ctas + 1], balanced_split only
  std::int32_t partial_slots = 0;         ///< rows of the partial buffers this launch fills

  [[nodiscard]] std::int64_t total_visited_blocks() const;
};

/// Where the KV blocks lie. Contiguous (page_table empty): block b of a head is at token 128 b.
/// Paged: page_table[(seq, kv_head, block)] is a page of kBlockTokens tokens, -1 where the block
/// is not held.
struct KvLayout {
  std::int32_t pages = 0;                ///< pages of the whole pool; 0 where contiguous
  std::int32_t blocks_per_head = 0;      ///< row length of page_table
  std::vector<std::int32_t> page_table;  ///< [batch, kv_heads, blocks_per_head] or empty
  std::int64_t held_blocks = 0;  ///< KV blocks kept in memory, all heads (gather: both copies)
};

struct Decomposition;

/// Slots of the device: from the occupancy query on a GPU, from a device profile in the simulator.
struct DeviceSlots {
  std::int32_t sm_count = 0;
  PrefillKernel prefill_kernel = PrefillKernel::prefill_mma;
  std::int64_t kv_section_bytes = 0;  ///< plan/layer/kv_sections.hpp; 0: one section
  std::int32_t prefill_ctas_per_sm = 1;
  std::int32_t decode_ctas_per_sm = 1;
  std::int32_t copy_ctas_per_sm = 1;
  Decomposition const* decomposition = nullptr;  ///< null: our own kernels
};

/// The launches of one layer, in stream order, and the KV layout they read.
struct LayerWork {
  std::vector<WorkList> launches;
  KvLayout kv;
  std::int64_t selected_blocks = 0;  ///< (query block, KV block) pairs selected; decode: KV blocks
  std::int64_t visited_blocks = 0;   ///< pairs loaded, masked-out ones included
  std::int64_t distinct_blocks = 0;  ///< KV blocks selected, each once: plan/layer/kv_layout.hpp
};

/// Cuts a layer into launches. Pure and deterministic. Throws InputError as validate() does, and
/// as decomposed_launches() does where `slots` are of another program's kernels.
[[nodiscard]] LayerWork make_layer_work(LayerPlan const& plan, DeviceSlots const& slots);

/// The launches that ran, of a recorded layer: its uniform splits are those that give
/// `attention_tiles`, the tiles of its attention launches in order (0, or none: not known),
/// whatever rule chose them.
[[nodiscard]] LayerWork recorded_layer_work(LayerPlan const& plan, DeviceSlots const& slots,
                                            std::span<std::int64_t const> attention_tiles);

}  // namespace fluxscope::plan

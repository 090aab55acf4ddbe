#pragma once
// How attention kernels of other programs cut a layer into CTAs: one row each. Their work lists are
// what the simulator reads of our own kernels too.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "plan/layer/layer_plan.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {

/// Into how many pieces a decode row is cut.
enum class DecodeSplit : std::uint8_t {
  none,
  waves,  ///< flash_splits() on two CTAs per SM
  fill,   ///< the shortest chunk of at least a block with which all CTAs are resident at once
  fixed,
};

/// When the query heads of a KV head are the rows of one decode CTA. Otherwise each has its own.
enum class GroupPacking : std::uint8_t {
  always,
  full_groups,  ///< groups of more than one head, nothing but full attention
};

/// What a launch's occupancy follows from, at head_dim 128.
struct KernelResources {
  std::int32_t threads_per_cta = 128;
  std::int32_t registers_per_thread = 128;
  std::int64_t smem_bytes = 0;  ///< per CTA
};

struct Decomposition {
  std::string name;                          ///< "flash2"; "fixed_split:8"
  std::string_view meaning;                  ///< one line for lists
  std::int32_t prefill_rows = kBlockTokens;  ///< query rows of a prefill CTA, divides kBlockTokens
  DecodeSplit split = DecodeSplit::none;
  std::int32_t fixed_splits = 1;  ///< DecodeSplit::fixed
  GroupPacking packing = GroupPacking::always;
  bool unsplit_unless_packed = false;  ///< rows that are not packed stay whole
  /// Prefill of few tiles is cut too: into the shortest chunks of at least a block with which the
  /// tiles of a KV head stay within its share of two CTAs per SM.
  bool splits_prefill = false;
  /// Packing the queries of several requests, and unpacking the outputs, are copies: a launch
  /// each, of op combine, as what they serve is the tiling.
  bool copies_packed = false;
  /// The operator first writes the new tokens' K and V to its pages: a launch of op gather_kv.
  bool writes_cache = false;
  KernelResources prefill;
  KernelResources decode;

  [[nodiscard]] bool splits() const { return split != DecodeSplit::none; }
};

/// All names that decomposition_named() knows; "fixed_split:N" for any N.
[[nodiscard]] std::vector<std::string> decomposition_names();
/// Lives as long as the program. Null where the name is unknown or N is not in [1, 128].
[[nodiscard]] Decomposition const* decomposition_named(std::string_view name);

/// The launches of `plan` under `decomposition`, in stream order. Tiles are in natural order, one
/// CTA each. A tile's q_block counts blocks of prefill_rows query rows; its blocks are KV blocks of
/// kBlockTokens whatever the kernel steps by: a window's first block is the one that holds the
/// first token which the CTA's first row sees. Combine: a tile merges the partial results of four
/// rows (FlashAttention-2's kBlockM at head_dim 128). Without `causal` every row sees all of
/// kv_len. Throws InputError for what such kernels do not have: another execution than
/// layer_uniform or order than natural, selections that differ, sinks, triangles and block lists.
[[nodiscard]] std::vector<WorkList> decomposed_launches(LayerPlan const& plan,
                                                        Decomposition const& decomposition,
                                                        DeviceSlots const& slots,
                                                        bool causal = true);

}  // namespace fluxscope::plan

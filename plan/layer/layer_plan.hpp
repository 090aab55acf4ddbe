#pragma once
// One attention layer of one step, before it is cut into launches.

#include <cstdint>
#include <vector>

#include "plan/layer/selection.hpp"
#include "plan/op/attention_shape.hpp"
#include "plan/op/phase.hpp"

namespace fluxscope::plan {

/// How one layer's selections become launches.
enum class Execution : std::uint8_t {
  layer_uniform,  ///< all heads alike: one launch per gate group of the batch
  masked,         ///< one launch that loads all KV and masks the unselected part
  gather,         ///< copy the selected KV of each head class, then a launch per class
  two_pool,       ///< full and sparse heads in two caches, a launch per class
  fused,          ///< one launch, per-head kind, the same number of splits for every head
  balanced,       ///< one launch, per-head lists, splits sized by work
};

/// Order of the tiles and how CTAs take them.
enum class Scheduler : std::uint8_t {
  natural,         ///< (seq, head, q_block), q_block fastest; one CTA per tile
  longest_first,   ///< most visited blocks first, ties in natural order; one CTA per tile.
                   ///< Prefill: so in each KV section, one section after the other
  persistent,      ///< slots CTAs take tiles from a queue in longest_first order
  balanced_split,  ///< slots CTAs, each with an equal contiguous share of the natural order
  longest_spread,  ///< longest_first; the CTAs that are resident at first so that those of each
                   ///< length lie evenly over the chip
};

/// What a layer-level batch does when its requests have different gates.
enum class BatchRule : std::uint8_t { any_full, group_by_gate, per_request };

/// What KV a sparse head keeps in memory (not what it reads).
enum class KvRetention : std::uint8_t { keep_all, evict };

/// One request's lengths. Its queries are the last q_len of kv_len positions; decode: q_len = 1.
struct SequenceShape {
  std::int32_t q_len = 0;
  std::int32_t kv_len = 0;

  friend bool operator==(SequenceShape const&, SequenceShape const&) = default;
};

/// Longest context of a plan: a tile counts query blocks in 16 bits.
inline constexpr std::int32_t kMaxTokens = 65536 * kBlockTokens;
/// Most requests, and most heads: a tile counts each in 16 bits.
inline constexpr std::int32_t kMaxBatch = 65535;
inline constexpr std::int32_t kMaxHeads = 65535;

struct LayerPlan {
  Phase phase = Phase::prefill;
  AttentionShape shape;
  std::vector<SequenceShape> sequences;  // [batch]
  std::vector<Selection> selections;     // [batch, q_heads]; decode: equal inside a KV group
  BlockLists block_lists;
  Execution execution = Execution::layer_uniform;
  Scheduler scheduler = Scheduler::natural;
  BatchRule batch_rule = BatchRule::per_request;
  KvRetention retention = KvRetention::keep_all;

  [[nodiscard]] Selection const& selection(std::size_t seq, std::int32_t q_head) const {
    return selections[seq * static_cast<std::size_t>(shape.q_heads) +
                      static_cast<std::size_t>(q_head)];
  }
};

/// Throws InputError naming the value and the supported set: head_dim 64 or 128; kv_heads divides
/// q_heads; at most kMaxHeads; in decode at most 16 query heads per KV head.
void validate(AttentionShape const& shape, Phase phase);

/// Throws InputError as above, and unless 0 < q_len <= kv_len and selections and lists are
/// well-formed.
void validate(LayerPlan const& plan);

}  // namespace fluxscope::plan

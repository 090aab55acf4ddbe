#include "kernels/routing/xattn/tables.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "base/error.hpp"
#include "kernels/attention/check.hpp"
#include "kernels/routing/block_lists.hpp"
#include "kernels/routing/xattn/check.hpp"
#include "kernels/routing/xattn/groups.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "xattn tables";

void check_sequence(plan::SequenceShape const& sequence, std::size_t index) {
  std::string const name = "sequence " + std::to_string(index);
  if (sequence.q_len < 1 || sequence.q_len > sequence.kv_len) {
    throw InputError(std::string(kWhere) + ": " + name + " has q_len " +
                     std::to_string(sequence.q_len) + " and kv_len " +
                     std::to_string(sequence.kv_len) +
                     " (queries are the last of the positions) use 1 <= q_len <= kv_len");
  }
  if (plan::blocks_of(sequence.kv_len) > kMaxKvBlocks) {
    throw InputError(std::string(kWhere) + ": " + name + " has " +
                     std::to_string(plan::blocks_of(sequence.kv_len)) +
                     " KV blocks (a row of scores is searched on chip) use at most " +
                     std::to_string(kMaxKvBlocks) + ", which are 1,048,576 tokens");
  }
}

class Builder {
 public:
  Builder(plan::AttentionShape const& shape, std::int32_t stride)
      : shape_(shape), stride_(stride), group_(shape.q_heads / shape.kv_heads) {
    tables_.row_begin.push_back(0);
  }

  void add(std::int32_t seq, plan::SequenceShape const& sequence) {
    tables_.max_kv_blocks = std::max(tables_.max_kv_blocks, plan::blocks_of(sequence.kv_len));
    add_pairs(seq, sequence);
    for (std::int32_t head = 0; head < shape_.q_heads; ++head) {
      for (std::int32_t q_block = 0; q_block < plan::blocks_of(sequence.q_len); ++q_block) {
        std::int32_t const visible = plan::visible_blocks(sequence.q_len, sequence.kv_len, q_block);
        tables_.rows.push_back(
            {.seq = static_cast<std::uint16_t>(seq),
             .q_head = static_cast<std::uint16_t>(head),
             .q_block = static_cast<std::uint16_t>(q_block),
             .first_own_block = xattn_first_own_block(sequence.q_len, sequence.kv_len, q_block),
             .kv_blocks = visible});
        tables_.row_begin.push_back(tables_.row_begin.back() + visible);
      }
    }
  }

  XattnTables finish() {
    std::stable_sort(
        tables_.tiles.begin(), tables_.tiles.end(),
        [](XattnScoreTile const& a, XattnScoreTile const& b) { return a.kv_blocks > b.kv_blocks; });
    return std::move(tables_);
  }

 private:
  [[nodiscard]] std::int32_t row_count() const {
    return static_cast<std::int32_t>(tables_.rows.size());
  }

  void add_pairs(std::int32_t seq, plan::SequenceShape const& sequence) {
    auto const [q_len, kv_len] = sequence;
    std::int32_t const last_panel = xattn_panels(q_len, stride_) - 1;
    std::int32_t const pairs = xattn_panel_pairs(q_len, stride_, group_);
    if (pairs > 65536) {
      throw InputError(std::string(kWhere) + ": q_len " + std::to_string(q_len) + " with " +
                       std::to_string(group_) + " query heads to a KV head makes " +
                       std::to_string(pairs) +
                       " panel pairs (a tile numbers them in 16 bits) use stride 16, or fewer "
                       "queries at a time");
    }
    for (std::int32_t kv_head = 0; kv_head < shape_.kv_heads; ++kv_head) {
      for (std::int32_t pair = 0; pair < pairs; ++pair) {
        std::int32_t const panel = std::min((2 * pair + 1) / group_, last_panel);
        std::int64_t const end = std::int64_t{panel + 1} * kXattnPanelGroups * stride_;
        std::int64_t const keys = kv_len - q_len + std::min<std::int64_t>(end, q_len);
        tables_.tiles.push_back({.seq = static_cast<std::uint16_t>(seq),
                                 .kv_head = static_cast<std::uint16_t>(kv_head),
                                 .panel_pair = static_cast<std::uint16_t>(pair),
                                 .kv_blocks = plan::blocks_of(keys),
                                 .first_row = row_count()});
      }
    }
  }

  plan::AttentionShape shape_;
  std::int32_t stride_;
  std::int32_t group_;
  XattnTables tables_;
};

}  // namespace

XattnTables make_xattn_tables(plan::AttentionShape const& shape,
                              std::span<plan::SequenceShape const> sequences, std::int32_t stride) {
  check_heads(shape.q_heads, shape.kv_heads, shape.head_dim, kWhere);
  check_stride(stride, kWhere);
  constexpr auto kMost = std::numeric_limits<std::uint16_t>::max();
  if (sequences.size() > kMost || shape.q_heads > kMost) {
    throw InputError(std::string(kWhere) + ": batch " + std::to_string(sequences.size()) +
                     " with q_heads " + std::to_string(shape.q_heads) +
                     " (a tile names them in 16 bits) use at most 65535 of each");
  }
  Builder builder(shape, stride);
  for (std::size_t seq = 0; seq < sequences.size(); ++seq) {
    check_sequence(sequences[seq], seq);
    builder.add(static_cast<std::int32_t>(seq), sequences[seq]);
  }
  return builder.finish();
}

}  // namespace fluxscope::kernels

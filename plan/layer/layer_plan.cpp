#include "plan/layer/layer_plan.hpp"

#include <string>

#include "base/error.hpp"
#include "plan/layer/names.hpp"
#include "plan/layer/partial_slot.hpp"

namespace fluxscope::plan {
namespace {

void validate_sequences(LayerPlan const& plan) {
  if (plan.sequences.empty() || plan.sequences.size() > std::size_t{kMaxBatch}) {
    throw InputError("batch = " + std::to_string(plan.sequences.size()) +
                     " is outside [1, 65535].");
  }
  for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
    auto const [q_len, kv_len] = plan.sequences[seq];
    std::string const which = "sequence " + std::to_string(seq) + ": ";
    if (q_len < 1 || q_len > kv_len || kv_len > kMaxTokens) {
      throw InputError(which + "q_len = " + std::to_string(q_len) +
                       ", kv_len = " + std::to_string(kv_len) +
                       " (need 0 < q_len <= kv_len <= 8388608: queries are the last positions).");
    }
    if (plan.phase == Phase::decode && q_len != 1) {
      throw InputError(which + "q_len = " + std::to_string(q_len) + " in decode (it is 1).");
    }
  }
}

void validate_selections(LayerPlan const& plan) {
  auto const heads = static_cast<std::size_t>(plan.shape.q_heads);
  expects(plan.selections.size() == plan.sequences.size() * heads,
          "one selection per (sequence, query head)");
  std::int32_t const group = plan.shape.q_heads / plan.shape.kv_heads;
  for (std::size_t row = 0; row < plan.selections.size(); ++row) {
    Selection const& selection = plan.selections[row];
    if (selection.sink_tokens < 0 || selection.local_tokens < 0 || selection.last_tokens < 0) {
      throw InputError("a selection has negative sink, local or last tokens.");
    }
    bool const sparse =
        selection.kind == SelectionKind::streaming || selection.kind == SelectionKind::triangle;
    if (sparse && selection.local_tokens < 1) {
      throw InputError(
          "a streaming or triangle selection needs local_tokens >= 1 (a token always "
          "sees itself).");
    }
    std::size_t const in_group = row % heads % static_cast<std::size_t>(group);
    if (plan.phase == Phase::decode && !(selection == plan.selections[row - in_group])) {
      throw InputError(
          "query heads of one KV head have different selections in decode (they share "
          "one tile). Give each KV head one selection.");
    }
  }
}

void validate_row(LayerPlan const& plan, std::size_t row, std::int32_t visible) {
  auto const begin = static_cast<std::size_t>(plan.block_lists.row_begin[row]);
  auto const end = static_cast<std::size_t>(plan.block_lists.row_begin[row + 1]);
  if (begin > end || end > plan.block_lists.columns.size()) {
    throw InputError("block list row " + std::to_string(row) + " has a bad range.");
  }
  for (std::size_t i = begin; i < end; ++i) {
    std::int32_t const block = plan.block_lists.columns[i];
    if (block < 0 || block >= visible || (i > begin && block <= plan.block_lists.columns[i - 1])) {
      throw InputError("block list row " + std::to_string(row) + ": block " +
                       std::to_string(block) + " (need strictly ascending blocks in [0, " +
                       std::to_string(visible) + ")).");
    }
  }
}

void validate_block_lists(LayerPlan const& plan) {
  bool any = false;
  for (auto const& selection : plan.selections) any |= selection.kind == SelectionKind::blocks;
  if (!any) return;
  std::size_t row = 0;
  for (std::size_t seq = 0; seq < plan.sequences.size(); ++seq) {
    auto const [q_len, kv_len] = plan.sequences[seq];
    for (std::int32_t head = 0; head < plan.shape.q_heads; ++head) {
      for (std::int32_t q_block = 0; q_block < blocks_of(q_len); ++q_block, ++row) {
        if (row + 1 >= plan.block_lists.row_begin.size()) {
          throw InputError("block lists end before row " + std::to_string(row) + ".");
        }
        validate_row(plan, row, visible_blocks(q_len, kv_len, q_block));
      }
    }
  }
}

}  // namespace

void validate(AttentionShape const& shape, Phase phase) {
  if (shape.head_dim != 64 && shape.head_dim != 128) {
    throw InputError("head_dim = " + std::to_string(shape.head_dim) +
                     " is not supported (the kernels are built for 64 and 128).");
  }
  if (shape.kv_heads < 1 || shape.q_heads < 1 || shape.q_heads % shape.kv_heads != 0) {
    throw InputError("q_heads = " + std::to_string(shape.q_heads) +
                     " is not a multiple of kv_heads = " + std::to_string(shape.kv_heads) +
                     " (each KV head serves a whole group).");
  }
  if (shape.q_heads > kMaxHeads) {
    throw InputError("q_heads = " + std::to_string(shape.q_heads) +
                     " is above 65535 (a tile counts heads in 16 bits).");
  }
  if (phase == Phase::decode && shape.q_heads / shape.kv_heads > kMaxDecodeGroup) {
    throw InputError("q_heads / kv_heads = " + std::to_string(shape.q_heads / shape.kv_heads) +
                     " is above 16 (one decode tile holds a KV head's query rows).");
  }
}

void validate(LayerPlan const& plan) {
  validate(plan.shape, plan.phase);
  validate_sequences(plan);
  validate_selections(plan);
  validate_block_lists(plan);
}

}  // namespace fluxscope::plan

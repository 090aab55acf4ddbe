#include <algorithm>
#include <numeric>

#include "tests/kernels/attention/prefill/problem.hpp"

namespace fluxscope::testing {
namespace {

/// One row of work for every (seq, q_head, q_block) whose entries `entries_of(row, visible)` are.
template <class Entries>
std::vector<HandRow> hand_rows(PrefillSetup const& setup, Entries const& entries_of) {
  std::vector<HandRow> rows;
  for (std::size_t seq = 0; seq < setup.sequences.size(); ++seq) {
    for (std::int32_t head = 0; head < setup.q_heads; ++head) {
      for (std::int32_t q_block = 0; q_block < setup.q_blocks(seq); ++q_block) {
        rows.push_back({.place = {.seq = static_cast<std::uint16_t>(seq),
                                  .head = static_cast<std::uint16_t>(head),
                                  .q_block = static_cast<std::uint16_t>(q_block)},
                        .entries = entries_of(rows.size(), setup.visible(seq, q_block))});
      }
    }
  }
  return rows;
}

}  // namespace

std::int32_t PrefillSetup::visible(std::size_t seq, std::int32_t q_block) const {
  auto const [q_len, kv_len] = sequences[seq];
  std::int32_t const last_row = std::min(q_len, 128 * (q_block + 1)) - 1;
  return (kv_len - q_len + last_row) / 128 + 1;
}

PrefillSelection full_selection(PrefillSetup const& setup) {
  PrefillSelection selection;
  for (std::size_t seq = 0; seq < setup.sequences.size(); ++seq) {
    for (std::int32_t head = 0; head < setup.q_heads; ++head) {
      for (std::int32_t q_block = 0; q_block < setup.q_blocks(seq); ++q_block) {
        selection.emplace_back(static_cast<std::size_t>(setup.visible(seq, q_block)));
        std::iota(selection.back().begin(), selection.back().end(), 0);
      }
    }
  }
  return selection;
}

PrefillSelection streaming_selection(PrefillSetup const& setup, std::int32_t sink,
                                     std::int32_t local) {
  return first_and_last(full_selection(setup), sink, local);
}

Launches make_work(PrefillSetup const& setup, PrefillSelection const& selection,
                   std::int32_t splits, bool as_list) {
  auto const entries = [&](std::size_t row, std::int32_t) {
    return std::vector<std::uint32_t>(selection[row].begin(), selection[row].end());
  };
  return split_by_hand(plan::LaunchOp::prefill, hand_rows(setup, entries), splits, as_list);
}

Launches make_masked_work(PrefillSetup const& setup, PrefillSelection const& selection,
                          std::int32_t splits) {
  auto const entries = [&](std::size_t row, std::int32_t visible) {
    return masked_entries(selection[row], visible);
  };
  return split_by_hand(plan::LaunchOp::prefill, hand_rows(setup, entries), splits, true);
}

}  // namespace fluxscope::testing

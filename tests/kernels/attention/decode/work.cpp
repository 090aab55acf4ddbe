#include <algorithm>
#include <numeric>

#include "tests/kernels/attention/decode/problem.hpp"

namespace fluxscope::testing {
namespace {

/// `entries` [rows] as rows of work, (seq, kv_head) each.
std::vector<HandRow> hand_rows(DecodeSetup const& setup,
                               std::vector<std::vector<std::uint32_t>> entries) {
  auto const heads = static_cast<std::size_t>(setup.kv_heads);
  std::vector<HandRow> rows;
  for (std::size_t row = 0; row < entries.size(); ++row) {
    rows.push_back({.place = {.seq = static_cast<std::uint16_t>(row / heads),
                              .head = static_cast<std::uint16_t>(row % heads)},
                    .entries = std::move(entries[row])});
  }
  return rows;
}

}  // namespace

DecodeSelection full_selection(DecodeSetup const& setup) {
  DecodeSelection selection;
  for (std::int32_t const kv_len : setup.kv_len) {
    std::vector<std::int32_t> blocks(static_cast<std::size_t>((kv_len + 127) / 128));
    std::iota(blocks.begin(), blocks.end(), 0);
    for (std::int32_t head = 0; head < setup.kv_heads; ++head) selection.push_back(blocks);
  }
  return selection;
}

DecodeSelection streaming_selection(DecodeSetup const& setup, std::int32_t sink,
                                    std::int32_t local) {
  return first_and_last(full_selection(setup), sink, local);
}

Launches make_work(DecodeSetup const& setup, DecodeSelection const& selection, std::int32_t splits,
                   bool as_list) {
  std::vector<std::vector<std::uint32_t>> entries;
  for (auto const& blocks : selection) entries.emplace_back(blocks.begin(), blocks.end());
  return split_by_hand(plan::LaunchOp::decode, hand_rows(setup, std::move(entries)), splits,
                       as_list);
}

Launches make_masked_work(DecodeSetup const& setup, DecodeSelection const& selection,
                          std::int32_t splits) {
  std::vector<std::vector<std::uint32_t>> entries;
  for (std::size_t row = 0; row < selection.size(); ++row) {
    std::int32_t const kv_len = setup.kv_len[row / static_cast<std::size_t>(setup.kv_heads)];
    entries.push_back(masked_entries(selection[row], (kv_len + 127) / 128));
  }
  return split_by_hand(plan::LaunchOp::decode, hand_rows(setup, std::move(entries)), splits, true);
}

}  // namespace fluxscope::testing

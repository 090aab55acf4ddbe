#include "analysis/verdict/comparable.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace fluxscope::analysis {

Shape shape_of(traces::RowRecord const& row) {
  return {row.phase, row.batch, row.q_len, row.kv_len, row.kv_tokens};
}

std::vector<std::vector<std::uint32_t>> rows_by_shape(std::span<VerdictRow const> rows) {
  std::map<Shape, std::size_t> shapes;
  std::vector<std::vector<std::uint32_t>> groups;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    auto const [found, is_new] = shapes.try_emplace(shape_of(rows[i].row), groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].push_back(i);
  }
  return groups;
}

KvAmount kv_of(VerdictRow const& row) { return {row.kv_bytes_selected, row.selected_blocks}; }

double relative_difference(std::int64_t a, std::int64_t b) {
  auto const difference = std::abs(static_cast<double>(a) - static_cast<double>(b));
  return b == 0 ? (a == 0 ? 0 : 1) : difference / static_cast<double>(b);
}

double kv_difference(KvAmount const& a, KvAmount const& b) {
  return std::max(relative_difference(a.bytes, b.bytes), relative_difference(a.blocks, b.blocks));
}

}  // namespace fluxscope::analysis

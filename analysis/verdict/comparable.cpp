#include "analysis/verdict/comparable.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <tuple>

namespace fluxscope::analysis {
namespace {

double relative_difference(std::int64_t a, std::int64_t b) {
  auto const difference = std::abs(static_cast<double>(a) - static_cast<double>(b));
  return b == 0 ? (a == 0 ? 0 : 1) : difference / static_cast<double>(b);
}

}  // namespace

bool same_shape(traces::RowRecord const& a, traces::RowRecord const& b) {
  return std::tie(a.phase, a.batch, a.q_len, a.kv_len) ==
         std::tie(b.phase, b.batch, b.q_len, b.kv_len);
}

double kv_difference(VerdictRow const& a, VerdictRow const& b) {
  return std::max(relative_difference(a.kv_bytes_selected, b.kv_bytes_selected),
                  relative_difference(a.selected_blocks, b.selected_blocks));
}

}  // namespace fluxscope::analysis

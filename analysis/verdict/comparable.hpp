#pragma once
// Which rows of the verdict table may be set against each other.

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <vector>

#include "analysis/verdict/verdict.hpp"

namespace fluxscope::analysis {

/// Rows that select the same KV bytes and blocks within this are comparisons of granularity.
inline constexpr double kEqualKvTolerance = 0.01;

/// Phase, batch, q_len, kv_len, sum of the kv_len of all requests. Refers to the row's text.
using Shape = std::tuple<std::string_view, std::int32_t, std::int32_t, std::int32_t, std::int64_t>;
[[nodiscard]] Shape shape_of(traces::RowRecord const& row);

/// Indices into `rows` of the rows of each shape, ascending; shapes in the order of their first
/// rows.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> rows_by_shape(
    std::span<VerdictRow const> rows);

/// What a row's layers select, summed.
struct KvAmount {
  std::int64_t bytes = 0;
  std::int64_t blocks = 0;
  bool operator==(KvAmount const&) const = default;
};
[[nodiscard]] KvAmount kv_of(VerdictRow const& row);

/// |a - b| / b; where b is 0: 0 for a = 0, else 1.
[[nodiscard]] double relative_difference(std::int64_t a, std::int64_t b);

/// The larger relative difference of selected KV bytes and of selected blocks, relative to `b`.
[[nodiscard]] double kv_difference(KvAmount const& a, KvAmount const& b);

}  // namespace fluxscope::analysis

#pragma once
// How much device memory a case takes and where its parts lie.

#include <cstdint>
#include <string>
#include <vector>

#include "plan/layer/layer_plan.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::runs {

/// One sequence's place in the copy's buffers.
struct SequencePlace {
  std::int64_t q_row_begin = 0;
  std::int64_t kv_offset = 0;       ///< elements; contiguous KV
  std::int64_t kv_head_stride = 0;  ///< elements
};

/// All counts in elements of one data copy. Contiguous KV is [batch, kv_heads, kv_len rounded up to
/// kBlockTokens, head_dim]; pages are [pages, kBlockTokens, head_dim].
struct CaseLayout {
  std::vector<SequencePlace> sequences;
  bool contiguous = false;  ///< the case reads a contiguous cache
  bool paged = false;       ///< the case reads pages
  std::int64_t q_elements = 0;
  std::int64_t rows = 0;              ///< query rows of the batch
  std::int64_t lse_elements = 0;      ///< f32: [rows, q_heads]
  std::int64_t cache_elements = 0;    ///< K of the contiguous cache; V the same
  std::int64_t page_elements = 0;     ///< K of the page pool; V the same
  std::int64_t partial_rows = 0;      ///< f32 lse of partials: slots x rows, largest launch
  std::int64_t partial_elements = 0;  ///< f32: [partial_rows, head_dim]
  std::int64_t table_bytes = 0;       ///< see table_bytes
  std::int64_t touched_bytes = 0;     ///< device memory one execution reads and writes, at least

  /// K and V of one copy, cache and pages.
  [[nodiscard]] std::int64_t kv_elements() const { return 2 * (cache_elements + page_elements); }
  [[nodiscard]] std::int64_t copy_bytes() const { return 2 * (kv_elements() + q_elements); }
};

/// Tiles, block lists, shares and pages of all launches, as on the host so on the device.
[[nodiscard]] std::int64_t table_bytes(plan::LayerWork const& work);

[[nodiscard]] CaseLayout make_case_layout(plan::LayerPlan const& plan, plan::LayerWork const& work);

/// Device memory of a case with one copy of its data. Not counted: the CUDA context, code, a few
/// bytes per sequence, and the probe's records.
struct CaseBytes {
  std::int64_t kv = 0;        ///< K and V, cache and pages, bf16
  std::int64_t queries = 0;   ///< q and o (bf16), lse (f32)
  std::int64_t partials = 0;  ///< f32
  std::int64_t tables = 0;

  [[nodiscard]] std::int64_t total() const { return kv + queries + partials + tables; }
};
[[nodiscard]] CaseBytes case_bytes(CaseLayout const& layout);

/// "1.5 GB (K and V 1.2 GB, q, o and lse 0.2 GB, partial results 0.1 GB, tables 0.0 GB)".
[[nodiscard]] std::string to_text(CaseBytes const& bytes);

/// "one layer needs ... of device memory (the GPU has 80.0 GB", the parenthesis open.
[[nodiscard]] std::string memory_problem(CaseBytes const& needed, std::int64_t memory_bytes);

/// Decimal gigabytes with one place.
[[nodiscard]] std::string gigabytes(std::int64_t bytes);

}  // namespace fluxscope::runs

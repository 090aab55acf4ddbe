#pragma once
// How much device memory a case takes and where its parts lie. Pure host code.

#include <cstdint>
#include <string>
#include <vector>

#include "plan/layer/layer_plan.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::profiler {

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
  std::int64_t rows = 0;            ///< query rows of the batch
  std::int64_t cache_elements = 0;  ///< K of the contiguous cache; V the same
  std::int64_t page_elements = 0;   ///< K of the page pool; V the same
  std::int64_t partial_rows = 0;    ///< partial slots x slot rows, largest launch
  std::int64_t touched_bytes = 0;   ///< device memory one execution reads and writes, at least

  /// K and V of one copy, cache and pages.
  [[nodiscard]] std::int64_t kv_elements() const { return 2 * (cache_elements + page_elements); }
  [[nodiscard]] std::int64_t copy_bytes() const { return 2 * (kv_elements() + q_elements); }
};

[[nodiscard]] CaseLayout make_case_layout(plan::LayerPlan const& plan, plan::LayerWork const& work);

/// Data copies to rotate over, so that no execution finds its input in L2: enough that the touched
/// bytes of all copies are 2 x l2_bytes, at most `memory_bytes` of copies, at least 1.
struct CopyCount {
  std::uint32_t copies = 1;
  bool beyond_l2 = true;  ///< false: memory allowed too few copies
};
[[nodiscard]] CopyCount choose_copies(CaseLayout const& layout, std::int64_t l2_bytes,
                                      std::int64_t memory_bytes);

}  // namespace fluxscope::profiler

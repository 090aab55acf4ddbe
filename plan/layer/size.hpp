#pragma once
// What a batch takes at least, known before any of it is planned.

#include <cstdint>
#include <string>

#include "plan/op/attention_shape.hpp"
#include "plan/op/phase.hpp"

namespace fluxscope::plan {

/// Requests of equal lengths, one layer.
struct BatchSize {
  Phase phase = Phase::prefill;
  AttentionShape shape;
  std::int64_t requests = 0;
  std::int64_t q_len = 0;  ///< tokens
  std::int64_t kv_len = 0;
};

/// Rows that tiles are made of: one per request, head (decode: KV head) and block of queries.
[[nodiscard]] std::int64_t tile_rows(BatchSize const& size);
/// K/V block pairs with everything held.
[[nodiscard]] std::int64_t kv_blocks(BatchSize const& size);

/// Throws InputError "where: ..." that says what the batch would take where one layer is beyond
/// limits::kTileRows or limits::kKvBlocks, or its `layers` beyond limits::kSelections.
void expect_plannable(BatchSize const& size, std::int64_t layers, std::string const& where);

}  // namespace fluxscope::plan

#include "sim/replay/memory.hpp"

#include <algorithm>
#include <cmath>

#include "base/checked.hpp"
#include "plan/layer/selection.hpp"
#include "plan/step/weights.hpp"

namespace fluxscope::sim {

std::optional<std::int64_t> known_weight_bytes(plan::Model const& model) {
  if (model.experts > 0 || !model.shapes.empty()) return std::nullopt;
  return plan::weight_bytes(model, 1);
}

std::int64_t full_kv_bytes(plan::Model const& model, std::int64_t kv_len) {
  constexpr char kBytes[] = "KV bytes of a request";
  std::int64_t bytes = 0;
  for (std::int32_t layer = 0; layer < model.layers; ++layer) {
    plan::AttentionShape const& shape = model.shape_of(layer);
    std::int64_t const block = shape.kv_heads * plan::kv_block_bytes(shape);
    bytes = checked_sum(bytes, checked_product(plan::blocks_of(kv_len), block, kBytes), kBytes);
  }
  return bytes;
}

std::int64_t requests_that_fit(plan::Model const& model, double kv_bytes_per_request,
                               std::int64_t memory_bytes) {
  auto const weights = known_weight_bytes(model);
  if (!weights || memory_bytes == 0 || !(kv_bytes_per_request > 0)) return -1;
  auto const left = static_cast<double>(memory_bytes - *weights);
  return std::max<std::int64_t>(0, static_cast<std::int64_t>(left / kv_bytes_per_request));
}

}  // namespace fluxscope::sim

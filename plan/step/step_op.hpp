#pragma once
// One entry of a step, and the work in it.

#include <cstdint>

#include "plan/op/catalog.hpp"

namespace fluxscope::plan {

/// Y[m, n] = X[m, k] W[n, k]^T: bf16 in and out, fp32 accumulated. m: tokens, or requests.
struct GemmShape {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;

  friend bool operator==(GemmShape const&, GemmShape const&) = default;
};

/// 2 m n k.
[[nodiscard]] std::int64_t gemm_flop(GemmShape const& shape);
/// X, W and Y, each once.
[[nodiscard]] std::int64_t gemm_bytes(GemmShape const& shape);

/// A launch. Prefill and decode stand for what LayerPlan `layer` becomes: copies, attention and
/// combine, as make_layer_work() says.
struct StepOp {
  static constexpr std::int32_t kNoLayer = -1;

  LaunchOp op = LaunchOp::prefill;
  std::int32_t layer = kNoLayer;  ///< kNoLayer: before the first or after the last
  GemmShape gemm;                 ///< form gemm
  std::int64_t rows = 0;          ///< form rows: tokens or requests; router and plan_gpu: requests
  /// Form rows: read and written, whatever a cache saves. Form collective: of one rank's message.
  /// Router: the queries that it pools, not its weights. plan_gpu: the tiles that it writes.
  std::int64_t bytes = 0;
};

}  // namespace fluxscope::plan

#pragma once
// Device memory of one router launch.

#include <limits>

#include "kernels/routing/router/weights.hpp"
#include "tests/kernels/support/device_array.hpp"
#include "tests/kernels/support/device_table.hpp"

namespace fluxscope::testing {

struct RouterShape {
  std::int32_t batch = 0;
  std::int32_t q_heads = 0;
  std::int32_t head_dim = 0;
};

/// Queries, loaded weights, workspace and results; the results are no gate and NaN beforehand.
class RouterMemory {
 public:
  /// q [rows, q_heads, head_dim]
  RouterMemory(RouterShape const& shape, std::vector<float> const& q,
               kernels::RouterWeights const& weights)
      : q_(to_bf16(q)),
        weights_(kernels::router_weight_bytes(weights)),
        workspace_(std::vector<float>(kernels::router_workspace_floats(shape.batch, shape.head_dim),
                                      std::numeric_limits<float>::quiet_NaN())),
        logits_(std::vector<float>(static_cast<std::size_t>(shape.batch) * 2)),
        gate_(std::vector<std::int32_t>(static_cast<std::size_t>(shape.batch), -7)) {
    params_.q = q_.get();
    params_.batch = shape.batch;
    params_.q_heads = shape.q_heads;
    params_.head_dim = shape.head_dim;
    params_.workspace = workspace_.get();
    params_.logits = logits_.get();
    params_.gate = gate_.get();
    kernels::upload_router_weights(weights, weights_.get(), params_);
  }

  /// All but the sequences.
  [[nodiscard]] kernels::RouterParams const& params() const { return params_; }
  [[nodiscard]] std::vector<std::int32_t> gate() const { return gate_.download(); }
  [[nodiscard]] std::vector<float> logits() const { return logits_.download(); }

 private:
  DeviceArray<__nv_bfloat16> q_;
  DeviceArray<std::uint8_t> weights_;
  DeviceArray<float> workspace_;
  DeviceArray<float> logits_;
  DeviceArray<std::int32_t> gate_;
  kernels::RouterParams params_;
};

}  // namespace fluxscope::testing

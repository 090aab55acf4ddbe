#pragma once
// A layer under Flux routing: a router whose gates differ over the batch, and the attention that
// follows from them.

#include "kernels/routing/flux_layer.hpp"
#include "tests/kernels/attention/prefill/problem.hpp"
#include "tests/kernels/routing/router/memory.hpp"

namespace fluxscope::testing {

/// Attention over the table that plan_gpu makes, whatever table it is given. `plan`: all but the
/// sequences and what plan_gpu writes. The queue must be 0 again.
[[nodiscard]] AttentionLauncher planned_on_gpu(plan::PrefillKernel kernel,
                                               kernels::PlanGpuParams plan);

/// Four sequences; the router, whose weights come from a file, opens the gate of two of them.
class FluxProblem {
 public:
  FluxProblem(plan::PrefillKernel kernel, std::int32_t head_dim);

  /// The gates by the double reference, with a margin of more than rounding.
  [[nodiscard]] std::vector<std::int32_t> const& expected_gate() const { return gate_; }

  /// router -> plan_gpu -> attention from one captured graph, replayed `replays` times. Before the
  /// last one all results are worthless: the outputs NaN, the gates none, the table empty. The
  /// queue must be 0 again. `gate` is what the router left.
  [[nodiscard]] AttentionResult run_flux(int replays, std::vector<std::int32_t>& gate) const;

  /// Attention from the CPU planner's table of `gate`.
  [[nodiscard]] AttentionResult run_planned(std::vector<std::int32_t> const& gate) const;

  /// PrefillProblem::matches, for the expected gate.
  [[nodiscard]] ::testing::AssertionResult matches(AttentionResult const& result) const;

 private:
  [[nodiscard]] plan::LayerWork work(std::vector<std::int32_t> const& gate) const;
  [[nodiscard]] PrefillProblem problem(AttentionLauncher launcher) const;

  plan::PrefillKernel kernel_;
  PrefillSetup setup_;
  std::vector<float> router_q_;  // [rows, q_heads, head_dim]
  kernels::RouterWeights weights_;
  std::vector<std::int32_t> gate_;
  PrefillSelection selection_;
};

}  // namespace fluxscope::testing

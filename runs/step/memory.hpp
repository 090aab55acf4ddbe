#pragma once
// What a step takes of a GPU's memory, known before anything runs.

#include <cstdint>
#include <string>

#include "plan/experiment/experiment.hpp"

namespace fluxscope::runs {

/// Device memory of one rank. Not counted: the CUDA context, code, partial results and tile tables
/// of attention, and the libraries' workspaces.
struct StepBytes {
  std::int64_t weights = 0;
  std::int64_t kv = 0;  ///< K and V of all layers
  /// Residual and branch; the wider of (Q, K, V and the attention's output) and (both MLP branches
  /// and their product); logits. Buffers that all layers share, bf16.
  std::int64_t activations = 0;

  [[nodiscard]] std::int64_t total() const { return weights + kv + activations; }
};
[[nodiscard]] StepBytes step_bytes(plan::Experiment const& experiment, plan::Step const& step);

/// "160.0 GB (weights 141.1 GB, K and V of all layers 17.2 GB, activations 1.7 GB)".
[[nodiscard]] std::string to_text(StepBytes const& bytes);

/// Throws InputError "step NAME: ..." for the first step that takes more than `free_bytes` (0:
/// unknown, not checked): what it needs, what is free, and the largest batch and context that fit,
/// or that the weights alone do not.
void expect_steps_fit(plan::Experiment const& experiment, std::int64_t free_bytes);

}  // namespace fluxscope::runs

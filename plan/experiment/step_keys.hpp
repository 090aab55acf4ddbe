#pragma once
// The keys that make an experiment one of whole steps.

#include <cstdint>
#include <vector>

#include "base/toml/reader.hpp"
#include "plan/decisions/model.hpp"
#include "plan/step/launch_mode.hpp"

namespace fluxscope::plan {

struct StepKeys {
  bool whole_steps = false;        ///< unit = "step"
  std::vector<LaunchMode> launch;  ///< how each step is launched, a step for each
  std::int32_t ranks = 1;          ///< of the tensor-parallel group; one rank is run
};

/// Reads
///   unit    "layer" (default): every layer of a row by itself; "step": all operations of a prefill
///           or a decoded token
///   launch  steps: of launch_mode_names(); default both
///   ranks   steps: GPUs of the tensor-parallel group; default 1
/// Throws InputError with file:line, also where the model has no such steps: experts, or sizes that
/// `ranks` does not divide.
[[nodiscard]] StepKeys read_step_keys(TomlTable const& file, Model const& model);

}  // namespace fluxscope::plan

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/decisions/policy/policy.hpp"
#include "plan/experiment/experiment.hpp"
#include "plan/experiment/step_keys.hpp"
#include "plan/experiment/workload.hpp"

namespace fluxscope::plan {

/// An experiment file, read and not expanded.
struct ExperimentFile {
  std::string name;
  std::string toml;  ///< the file, whole
  Model model;
  std::optional<PrefillKernel> prefill_kernel;
  StepKeys steps;
  MeasureSettings measure;
  std::vector<Workload> workloads;
  std::vector<Policy> policies;
  std::vector<std::string> notes;  ///< see Experiment
};

/// Strict. Throws InputError with file:line, also where what the file asks for is beyond
/// base/limits.hpp; nothing is planned before that is known.
///   name
///   model       a name in configs/models, or a path beside the experiment file: our TOML or a
///               Hugging Face config.json. A `model` that is not empty stands in for it: a name, or
///               a path from the working folder; the recorded `toml` then begins with it
///   schedulers  of every policy that names none itself
///   prefill_kernel  "prefill_mma" or "prefill_wgmma"; default: the best one that the GPU runs
///   [sparse]    see read_sparse_table()
///   unit, launch, ranks   see read_step_keys()
///   [[workload]]  see read_workload()
///   [[policy]]    see read_policy()
///   [measure], [trace]  the fields of MeasureSettings; [trace] has those that begin with keep_
[[nodiscard]] ExperimentFile read_experiment_file(std::string const& path,
                                                  std::string const& model = {});

}  // namespace fluxscope::plan

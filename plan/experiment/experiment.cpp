#include "plan/experiment/experiment.hpp"

#include <utility>

#include "plan/experiment/expansion.hpp"
#include "plan/experiment/file.hpp"

namespace fluxscope::plan {

Experiment load_experiment(std::string const& path, std::string const& model) {
  ExperimentFile file = read_experiment_file(path, model);
  Experiment experiment{.name = std::move(file.name),
                        .path = path,
                        .toml = std::move(file.toml),
                        .model = std::move(file.model),
                        .prefill_kernel = file.prefill_kernel,
                        .measure = std::move(file.measure),
                        .notes = std::move(file.notes)};
  Expansion expansion(experiment, file.steps);
  for (Workload const& workload : file.workloads) {
    for_each_batch(workload, [&](std::vector<SequenceShape> const& batch) {
      for (Policy const& policy : file.policies) expansion.add(workload, batch, policy);
    });
  }
  expansion.finish();
  return experiment;
}

}  // namespace fluxscope::plan

#include <iostream>
#include <memory>
#include <string>

#include "app/command.hpp"
#include "app/common_flags.hpp"
#include "base/build_info.hpp"
#include "base/files/config_path.hpp"
#include "base/text/printable.hpp"
#include "plan/experiment/experiment.hpp"
#include "runs/cases/model_memory.hpp"
#include "sim/step/simulate.hpp"
#include "traces/file/writer.hpp"

namespace fluxscope::app {
namespace {

struct SimulateFlags {
  std::string experiment;
  std::string gpu;
  std::string model;
  std::string output;
  bool force = false;
};

void run_simulate(SimulateFlags const& flags) {
  InputLog const inputs;
  auto const experiment =
      plan::load_experiment(config_path("experiments", flags.experiment), flags.model);
  auto const profile = sim::load_device_profile(config_path("gpus", flags.gpu));
  OutputFile output(flags.output, output_rules({traces::trace_kind()}, inputs, flags.force));
  auto trace = sim::simulate_experiment(experiment, profile);
  trace.run.created = utc_now();
  trace.run.host = host_name();
  trace.run.command_line = printable("fluxscope simulate " + flags.experiment + " --gpu " +
                                     flags.gpu + model_flag_text(flags.model));
  print_notes("simulate", experiment.notes);
  runs::warn_of_model_memory("simulate", trace.rows, trace.row_layers, trace.cases,
                             trace.device.memory_bytes);
  traces::write_trace(std::move(output), trace);
  std::cout << flags.output << ": " << trace.cases.size() << " cases, " << trace.launches.size()
            << " launches";
  if (!trace.steps.empty()) std::cout << ", " << trace.steps.size() << " steps";
  std::cout << " on " << trace.device.profile << '\n';
}

}  // namespace

void add_simulate_command(CLI::App& root) {
  auto flags = std::make_shared<SimulateFlags>();
  auto* command = root.add_subcommand("simulate", "run an experiment on a modelled GPU");
  command->add_option("experiment", flags->experiment, "name in configs/experiments, or a path")
      ->type_name("EXPERIMENT.toml")
      ->required();
  command->add_option("--gpu", flags->gpu, "name in configs/gpus, or a path")
      ->type_name("NAME|FILE")
      ->required();
  command->add_option("-o,--output", flags->output, "the trace to write")
      ->type_name("TRACE.h5")
      ->required();
  add_model_flag(*command, flags->model);
  add_force_flag(*command, flags->force);
  command->footer(
      "Example:\n  fluxscope simulate head-vs-layer-decode --gpu a800 -o decode-a800.h5");
  command->callback([flags] { run_simulate(*flags); });
}

}  // namespace fluxscope::app

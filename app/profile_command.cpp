#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/common_flags.hpp"
#include "base/error.hpp"
#include "base/files/config_path.hpp"
#include "base/text/near_miss.hpp"
#include "plan/experiment/experiment.hpp"
#include "profiler/run/experiment_runner.hpp"
#include "traces/file/writer.hpp"
#include "traces/pass.hpp"

namespace fluxscope::app {
namespace {

struct ProfileFlags {
  std::string experiment;
  std::string model;
  std::vector<std::string> passes;  // names or numbers
  std::string output;
  bool force = false;
  profiler::RunOptions options;
};

#if FLUXSCOPE_HAVE_CUDA

std::string command_line(ProfileFlags const& flags) {
  std::string line = "fluxscope profile " + flags.experiment + model_flag_text(flags.model) +
                     " -o " + flags.output;
  std::string passes;
  for (traces::Pass const pass : flags.options.passes) {
    passes += (passes.empty() ? "" : ",") + std::string(traces::info(pass).name);
  }
  line += " --passes " + passes + " --cases '" + flags.options.case_glob + "'";
  if (flags.options.limit > 0) line += " --limit " + std::to_string(flags.options.limit);
  return line;
}

void run_profile(ProfileFlags& flags) {
  InputLog const inputs;
  auto const experiment =
      plan::load_experiment(config_path("experiments", flags.experiment), flags.model);
  if (!flags.passes.empty()) {
    flags.options.passes.clear();
    for (std::string const& one : flags.passes) {
      flags.options.passes.push_back(*traces::find_pass(one));
    }
  }
  flags.options.command_line = command_line(flags);
  print_notes("profile", experiment.notes);
  auto rules = output_rules({traces::trace_kind()}, inputs, flags.force);
  rules.keep_stopped = true;
  profiler::run_experiment(experiment, flags.options, OutputFile(flags.output, rules));
  std::cout << flags.output << '\n';
}

#else

void run_profile(ProfileFlags& flags) {
  throw InputError(
      "profile: this fluxscope was built without CUDA (it has no kernels to measure) install the "
      "CUDA toolkit and rebuild with `cmake --preset gpu && cmake --build --preset gpu`, or model "
      "the GPU: fluxscope simulate " +
      flags.experiment + " --gpu NAME -o trace.h5");
}

#endif

/// CLI11's kind of check: empty where `text` names a pass.
std::string known_pass(std::string const& text) {
  if (traces::find_pass(text).has_value()) return {};
  std::vector<std::string> names;
  for (traces::PassInfo const& one : traces::kPasses) names.emplace_back(one.name);
  return "'" + text + "' is no pass, " + expected_one_of(text, names);
}

}  // namespace

void add_profile_command(CLI::App& root) {
  auto const flags = std::make_shared<ProfileFlags>();
  CLI::App* const command =
      root.add_subcommand("profile", "run an experiment's kernels on the GPU, write a trace");
  command->add_option("experiment", flags->experiment, "name in configs/experiments, or a path")
      ->type_name("EXPERIMENT.toml")
      ->required();
  command->add_option("-o,--output", flags->output, "the trace to write")
      ->type_name("TRACE.h5")
      ->required();
  command
      ->add_option("--passes", flags->passes,
                   "names or numbers, separated by commas: " + std::string(traces::pass_list()))
      ->delimiter(',')
      ->check(known_pass)
      ->default_str("all");
  command->add_option("--cases", flags->options.case_glob, "only cases that match this pattern")
      ->capture_default_str();
  command->add_option("--limit", flags->options.limit, "only the first N of them (0: all)");
  add_model_flag(*command, flags->model);
  add_force_flag(*command, flags->force);
  command->footer("Example:\n  fluxscope profile quick -o quick.h5 --passes timing,probe");
  command->callback([flags] { run_profile(*flags); });
}

}  // namespace fluxscope::app

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/command.hpp"
#include "app/common_flags.hpp"
#include "app/trace_files.hpp"
#include "base/error.hpp"
#include "base/files/config_path.hpp"
#include "base/files/text_file.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"
#include "plan/decisions/model.hpp"
#include "plan/experiment/experiment.hpp"
#include "sim/calibrate/calibrate.hpp"
#include "sim/device/transfer.hpp"
#include "sim/step_times/calibrate_step_times.hpp"
#include "sim/times/calibrate_times.hpp"

namespace fluxscope::app {
namespace {

struct CalibrateFlags {
  bool untrusted = false;
  std::vector<std::string> traces;
  std::vector<std::string> experiments;
  std::vector<std::string> transfers;
  std::vector<std::int64_t> held_out;
  std::vector<std::string> models;
  std::string spec = "h200";
  std::string base;
  std::string steps_of;
  std::string output;
  std::string decomposition;
  std::string repeats = "refuse";
  bool force = false;
};

/// The experiment file whose text the trace carries: one of `files`, or configs/experiments.
plan::Experiment experiment_of(traces::Trace const& trace, std::string const& trace_path,
                               std::vector<std::string> const& files) {
  std::vector<std::string> candidates;
  for (std::string const& file : files) candidates.push_back(config_path("experiments", file));
  for (std::string const& name : config_names("experiments")) {
    candidates.push_back(config_path("experiments", name));
  }
  for (std::string const& path : candidates) {
    if (read_text_file(path) == trace.run.experiment_toml) return plan::load_experiment(path);
  }
  throw InputError(trace_path + ": the experiment '" + trace.run.experiment_name +
                   "' it was made from is not in configs/experiments with the same text (its plans "
                   "are needed) give the file with --experiment");
}

/// "SPEC=OUTPUT.toml": the specification, and the output, open before the work.
struct Transfer {
  sim::DeviceSpec spec;
  std::string path;
  OutputFile output;
};

Transfer open_transfer(std::string const& flag, InputLog const& inputs, bool force) {
  std::size_t const at = flag.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == flag.size()) {
    throw InputError("--transfer " + flag +
                     ": is not SPEC=OUTPUT.toml (a specification and the profile to write) e.g. "
                     "--transfer a800=a800.toml");
  }
  auto spec = sim::load_device_spec(config_path("gpus/specs", flag.substr(0, at)));
  std::string path = flag.substr(at + 1);
  OutputFile output(path, output_rules({sim::profile_kind()}, inputs, force));
  return {.spec = std::move(spec), .path = std::move(path), .output = std::move(output)};
}

/// The profile's file, which its own reader takes.
std::string profile_text(sim::DeviceProfile const& profile, std::string const& path) {
  std::string text = sim::device_profile_text(profile);
  try {
    (void)sim::parse_device_profile(text, path);
  } catch (InputError const& error) {
    throw InputError(std::string(error.what()) +
                     " (the traces, or the specification, give a profile that is none) nothing "
                     "was written");
  }
  return text;
}

void write(OutputFile& output, sim::DeviceProfile const& profile) {
  output.write(profile_text(profile, output.path()));
  output.commit();
}

bool is_table(std::string const& path) { return path.ends_with(".csv"); }

plan::Decomposition const& decomposition_of(CalibrateFlags const& flags) {
  if (auto const* known = plan::decomposition_named(flags.decomposition)) return *known;
  std::string const given = flags.decomposition.empty()
                                ? "no --decomposition"
                                : "--decomposition " + in_quotes(flags.decomposition);
  throw InputError(given +
                   " (how the table's kernel cuts a layer into CTAs is not in the table), " +
                   expected_one_of(flags.decomposition, plan::decomposition_names()) + ".");
}

void write_transfers(std::vector<Transfer>& transfers, sim::DeviceProfile const& profile) {
  for (Transfer& transfer : transfers) {
    write(transfer.output, sim::transfer(profile, transfer.spec));
    std::cout << transfer.path << ": transferred to " << transfer.spec.name << '\n';
  }
}

sim::Repeats repeats_of(CalibrateFlags const& flags) {
  return flags.repeats == "median" ? sim::Repeats::median : sim::Repeats::refuse;
}

/// Tables of times in place of traces.
void run_times(CalibrateFlags const& flags, sim::DeviceSpec const& spec, OutputFile& output,
               std::vector<Transfer>& transfers) {
  plan::Decomposition const& decomposition = decomposition_of(flags);
  auto const table = sim::read_times(flags.traces, repeats_of(flags));
  auto const calibration = sim::calibrate_times(table, spec, decomposition, {});
  write(output, calibration.profile);
  std::cout << sim::times_calibration_text(calibration) << '\n'
            << flags.output << ": fitted to " << calibration.profile.made_from << '\n';
  write_transfers(transfers, calibration.profile);
}

/// Tables of products, rows and all_reduce: the profile of --base with them.
void run_step_times(CalibrateFlags const& flags, OutputFile& output) {
  if (flags.base.empty()) {
    throw InputError(flags.traces.front() +
                     ": products, rows or all_reduce without --base GPU (their times are added to "
                     "the profile of the GPU's attention) name that profile.");
  }
  if (!flags.transfers.empty() || !flags.decomposition.empty()) {
    throw InputError(
        "calibrate: --transfer or --decomposition with tables of products, rows or all_reduce "
        "(they "
        "are of the GPU of --base and have no CTAs) leave it out.");
  }
  auto profile = sim::load_device_profile(config_path("gpus", flags.base));
  std::vector<plan::Model> models;
  for (std::string const& name : flags.models) models.push_back(plan::model_of_flag(name));
  auto const times = sim::read_step_times(flags.traces, repeats_of(flags), models);
  auto const calibration = sim::calibrate_step_times(times, profile.spec, {});
  profile = sim::with_step_tables(std::move(profile), calibration);
  if (!flags.steps_of.empty()) {
    auto const other = sim::load_device_profile(config_path("gpus", flags.steps_of));
    profile = sim::with_borrowed_steps(std::move(profile), other);
  }
  write(output, profile);
  std::cout << sim::step_calibration_text(calibration) << '\n'
            << flags.output << ": " << profile.spec.name << " with tables of steps from "
            << profile.step.made_from << '\n';
}

void run_calibrate(CalibrateFlags const& flags) {
  InputLog const inputs;
  auto const spec = sim::load_device_spec(config_path("gpus/specs", flags.spec));
  for (std::string const& path : flags.traces) note_input(path);
  for (std::string const& path : flags.experiments) note_input(config_path("experiments", path));
  for (std::string const& name : {flags.base, flags.steps_of}) {
    if (!name.empty()) note_input(config_path("gpus", name));
  }
  OutputFile output(flags.output, output_rules({sim::profile_kind()}, inputs, flags.force));
  std::vector<Transfer> transfers;
  for (std::string const& flag : flags.transfers) {
    transfers.push_back(open_transfer(flag, inputs, flags.force));
  }
  auto const tables = std::count_if(flags.traces.begin(), flags.traces.end(), is_table);
  if (tables > 0) {
    if (tables == std::ptrdiff_t(flags.traces.size())) {
      bool const steps = sim::is_step_times(flags.traces.front());
      return steps ? run_step_times(flags, output) : run_times(flags, spec, output, transfers);
    }
    throw InputError(
        "calibrate: traces and tables of times together (a profile is of one program's "
        "kernels) give the one or the other.");
  }
  std::vector<sim::CalibrationTrace> sources;
  auto traces = read_traces(flags.traces, flags.untrusted);
  for (std::size_t i = 0; i < traces.size(); ++i) {
    std::string const& path = flags.traces[i];
    sim::CalibrationTrace source{.trace = std::move(traces[i]), .path = path};
    source.experiment = experiment_of(source.trace, path, flags.experiments);
    sources.push_back(std::move(source));
  }
  auto const data = sim::read_calibration_data(sources, spec);
  auto const calibration = sim::calibrate(data, {.held_out_kv_lens = flags.held_out});
  write(output, calibration.profile);
  std::cout << sim::calibration_text(calibration) << '\n'
            << flags.output << ": fitted to " << calibration.profile.made_from << '\n';
  write_transfers(transfers, calibration.profile);
}

}  // namespace

void add_calibrate_command(CLI::App& root) {
  auto flags = std::make_shared<CalibrateFlags>();
  auto* command = root.add_subcommand("calibrate",
                                      "fit a device profile to measured traces and print the "
                                      "errors on held-out cases");
  command
      ->add_option("traces", flags->traces,
                   "traces that `fluxscope profile` wrote, or tables of times of another program's "
                   "kernel (see --decomposition)")
      ->type_name("TRACE.h5|TIMES.csv")
      ->required();
  command->add_option("-o,--output", flags->output, "the profile to write")
      ->type_name("GPU.toml")
      ->required();
  command->add_option("--spec", flags->spec, "name in configs/gpus/specs, or a path")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  command
      ->add_option("--hold-out", flags->held_out,
                   "contexts that the fit never sees (default: every second inside the range)")
      ->type_name("TOKENS");
  command
      ->add_option("--experiment", flags->experiments,
                   "experiment files of the traces that are not in configs/experiments")
      ->type_name("EXPERIMENT.toml");
  command
      ->add_option("--transfer", flags->transfers,
                   "also write a profile for another GPU, by ratios of the specifications")
      ->type_name("SPEC=GPU.toml");
  command
      ->add_option(
          "--decomposition", flags->decomposition,
          "tables: how the kernel cuts a layer into CTAs: flash2, vllm_flash2, flashinfer, "
          "no_split, fixed_split:N")
      ->type_name("NAME");
  command
      ->add_option("--base", flags->base,
                   "tables of products, rows and all_reduce: the profile they are added to")
      ->type_name("NAME|GPU.toml");
  command
      ->add_option("--model", flags->models,
                   "tables of products: those of this model's weights alone; may be repeated")
      ->type_name("NAME|FILE");
  command
      ->add_option(
          "--steps-of", flags->steps_of,
          "the profile of another GPU, for what a step needs and no table has: by ratios of "
          "the specifications, and said to be transferred")
      ->type_name("NAME|GPU.toml");
  command
      ->add_option("--repeats", flags->repeats,
                   "tables: a case given more than once is refused, or its median taken")
      ->check(CLI::IsMember({"refuse", "median"}))
      ->capture_default_str();
  add_force_flag(*command, flags->force);
  add_untrusted_flag(*command, flags->untrusted);
  command->footer(
      "Example:\n"
      "  fluxscope calibrate traces/recorded/prefill-mma.h5 \\\n"
      "      traces/recorded/head-vs-layer-decode.h5 --spec h200 -o h200-mma.toml \\\n"
      "      --transfer a800=a800.toml\n"
      "  fluxscope calibrate attention_times.csv --decomposition flash2 --spec a100 -o "
      "a100-flash2.toml\n"
      "  fluxscope calibrate gemm_times.csv --base a800 -o a800-steps.toml");
  command->callback([flags] { run_calibrate(*flags); });
}

}  // namespace fluxscope::app

#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "app/command.hpp"
#include "app/common_flags.hpp"
#include "base/error.hpp"
#include "base/files/config_path.hpp"
#include "sim/sweep/summary.hpp"
#include "sim/sweep/sweep.hpp"

namespace fluxscope::app {
namespace {

struct SweepFlags {
  std::string sweep;
  std::string model;
  std::string output;
  std::string shard = "0/1";
  std::string summary;
  bool resume = false;
  bool restart = false;
  bool force = false;
};

void run_sweep_command(SweepFlags const& flags) {
  InputLog const inputs;
  auto const config = sim::load_sweep(config_path("sweeps", flags.sweep), flags.model);
  std::string const note = plan::own_attention_note(config.model);
  if (!note.empty()) print_notes("sweep", {&note, 1});
  auto const shard = sim::parse_shard(flags.shard);
  OutputFile output(flags.output, output_rules({sim::sweep_kind()}, inputs, flags.force));
  std::optional<OutputFile> summary;
  if (!flags.summary.empty()) {
    summary.emplace(flags.summary, output_rules({sim::summary_kind()}, inputs, flags.force));
  }
  auto const table = sim::run_sweep(config, {.shard = shard, .restart = flags.restart}, output);
  std::cout << sim::sweep_summary_text(table) << flags.output << ": " << table.rows.size() << " of "
            << table.points << " points\n";
  if (!summary) return;
  summary->write(sim::sweep_summary_csv(table));
  summary->commit();
}

}  // namespace

void add_sweep_command(CLI::App& root) {
  auto flags = std::make_shared<SweepFlags>();
  auto* command =
      root.add_subcommand("sweep", "predict many what-if points; print where sparsity pays");
  command->add_option("sweep", flags->sweep, "name in configs/sweeps, or a path")
      ->type_name("SWEEP.toml")
      ->required();
  command->add_option("-o,--output", flags->output, "the file to write")
      ->type_name("SWEEP.h5")
      ->required();
  command->add_option("--shard", flags->shard, "compute points of shard i of n only")
      ->type_name("i/n")
      ->capture_default_str();
  auto* restart = command->add_flag("--restart", flags->restart,
                                    "discard the finished points of a run that was stopped");
  command
      ->add_flag("--resume", flags->resume,
                 "go on from the finished points of a run that was stopped (the default)")
      ->excludes(restart);
  command->add_option("--summary", flags->summary, "also write the printed table as CSV")
      ->type_name("SUMMARY.csv");
  add_model_flag(*command, flags->model);
  add_force_flag(*command, flags->force);
  command->footer(
      "Example:\n"
      "  fluxscope sweep msr-context-execution -o sweep.h5 --summary sweep.csv\n"
      "As a Slurm array of 16, then merged:\n"
      "  fluxscope sweep msr-context-execution -o part-$SLURM_ARRAY_TASK_ID.h5 \\\n"
      "      --shard $SLURM_ARRAY_TASK_ID/16");
  command->callback([flags] { run_sweep_command(*flags); });
}

}  // namespace fluxscope::app

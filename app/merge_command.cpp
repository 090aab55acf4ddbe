#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "app/command.hpp"
#include "app/common_flags.hpp"
#include "app/trace_files.hpp"
#include "sim/sweep/file.hpp"
#include "sim/sweep/summary.hpp"

namespace fluxscope::app {
namespace {

struct MergeFlags {
  bool untrusted = false;
  std::vector<std::string> parts;
  std::string output;
  bool force = false;
};

void run_merge(MergeFlags const& flags) {
  InputLog const inputs;
  for (std::string const& part : flags.parts) note_input(part);
  OutputFile output(flags.output, output_rules({sim::sweep_kind()}, inputs, flags.force));
  for (std::string const& part : flags.parts) {
    try_first(flags.untrusted, part, [&] { static_cast<void>(sim::read_sweep(part)); });
  }
  auto const table = sim::merge_sweeps(flags.parts, true);
  sim::write_sweep(output, table);
  std::cout << sim::sweep_summary_text(table) << flags.output << ": " << table.rows.size()
            << " points of " << flags.parts.size() << " parts\n";
}

}  // namespace

void add_merge_command(CLI::App& root) {
  auto flags = std::make_shared<MergeFlags>();
  auto* command = root.add_subcommand(
      "merge", "join the shards of a sweep into the file that a single run writes");
  command->add_option("parts", flags->parts, "all shards")->type_name("PART.h5")->required();
  command->add_option("-o,--output", flags->output, "the file to write")
      ->type_name("SWEEP.h5")
      ->required();
  add_force_flag(*command, flags->force);
  add_untrusted_flag(*command, flags->untrusted);
  command->footer(
      "Example:\n"
      "  fluxscope sweep msr-context-execution -o part-0.h5 --shard 0/2\n"
      "  fluxscope sweep msr-context-execution -o part-1.h5 --shard 1/2\n"
      "  fluxscope merge part-0.h5 part-1.h5 -o sweep.h5");
  command->callback([flags] { run_merge(*flags); });
}

}  // namespace fluxscope::app

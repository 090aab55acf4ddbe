#include <iostream>
#include <memory>
#include <string>

#include "app/command.hpp"
#include "app/output_flags.hpp"
#include "traces/export/csv.hpp"
#include "traces/export/perfetto.hpp"
#include "traces/file/reader.hpp"

namespace fluxscope::app {
namespace {

struct ExportFlags {
  std::string trace;
  std::string format;
  std::string output;
  bool force = false;
};

traces::Trace read(std::string const& path) {
  auto trace = traces::read_trace(path);
  if (!trace.complete) {
    std::cerr << path << ": its run was stopped; the launches present are exported\n";
  }
  return trace;
}

void run_export(ExportFlags const& flags) {
  if (flags.format == "csv") {
    OutputFolder folder(flags.output, traces::csv_rules());
    traces::export_csv(read(flags.trace), folder);
  } else {
    InputLog const inputs;
    note_input(flags.trace);
    OutputFile file(flags.output, output_rules({traces::perfetto_kind()}, inputs, flags.force));
    traces::export_perfetto(read(flags.trace), file);
  }
  std::cout << flags.output << '\n';
}

}  // namespace

void add_export_command(CLI::App& root) {
  auto flags = std::make_shared<ExportFlags>();
  auto* command = root.add_subcommand("export", "a trace as a Perfetto timeline or as CSV tables");
  command->add_option("trace", flags->trace, "the trace")->type_name("TRACE.h5")->required();
  command
      ->add_option("--to", flags->format, "perfetto (one file) or csv (a folder, file per table)")
      ->check(CLI::IsMember({"perfetto", "csv"}))
      ->required();
  command->add_option("-o,--out", flags->output, "file (perfetto) or folder (csv)")
      ->type_name("OUT")
      ->required();
  add_force_flag(*command, flags->force);
  command->footer(
      "Example:\n  fluxscope export trace.h5 --to perfetto -o timeline.pftrace\n"
      "Open the timeline at ui.perfetto.dev.");
  command->callback([flags] { run_export(*flags); });
}

}  // namespace fluxscope::app

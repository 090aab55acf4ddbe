#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "app/command.hpp"
#include "app/common_flags.hpp"
#include "app/trace_files.hpp"
#include "base/error.hpp"
#include "traces/export/csv.hpp"
#include "traces/export/perfetto.hpp"
#include "traces/file/writer.hpp"

namespace fluxscope::app {
namespace {

struct ExportFlags {
  bool untrusted = false;
  std::string trace;
  std::string format;
  std::string output;
  bool force = false;
};

traces::Trace read(ExportFlags const& flags) {
  auto trace = std::move(read_traces({flags.trace}, flags.untrusted).front());
  if (trace.complete) return trace;
  if (flags.format == "trace") {
    throw InputError(flags.trace +
                     ": its run was stopped (written anew it would pass for a whole one) keep the "
                     "file as it is");
  }
  std::cerr << flags.trace << ": its run was stopped; the launches present are exported\n";
  return trace;
}

void run_export(ExportFlags const& flags) {
  if (flags.format == "csv") {
    OutputFolder folder(flags.output, traces::csv_rules());
    traces::export_csv(read(flags), folder);
  } else {
    InputLog const inputs;
    note_input(flags.trace);
    auto const kind = flags.format == "trace" ? traces::trace_kind() : traces::perfetto_kind();
    OutputFile file(flags.output, output_rules({kind}, inputs, flags.force));
    if (flags.format == "trace") {
      traces::write_trace(std::move(file), read(flags));
    } else {
      traces::export_perfetto(read(flags), file);
    }
  }
  std::cout << flags.output << '\n';
}

}  // namespace

void add_export_command(CLI::App& root) {
  auto flags = std::make_shared<ExportFlags>();
  auto* command = root.add_subcommand("export", "a trace as a Perfetto timeline or as CSV tables");
  command->add_option("trace", flags->trace, "the trace")->type_name("TRACE.h5")->required();
  command
      ->add_option(
          "--to", flags->format,
          "perfetto (one file), csv (a folder, file per table), or trace (the same trace in "
          "today's schema, with digests)")
      ->check(CLI::IsMember({"perfetto", "csv", "trace"}))
      ->required();
  command->add_option("-o,--out", flags->output, "file (perfetto, trace) or folder (csv)")
      ->type_name("OUT")
      ->required();
  add_force_flag(*command, flags->force);
  add_untrusted_flag(*command, flags->untrusted);
  command->footer(
      "Example:\n  fluxscope export trace.h5 --to perfetto -o timeline.pftrace\n"
      "Open the timeline at ui.perfetto.dev.");
  command->callback([flags] { run_export(*flags); });
}

}  // namespace fluxscope::app

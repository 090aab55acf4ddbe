#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "analysis/report/formulas.hpp"
#include "analysis/report/report.hpp"
#include "app/command.hpp"
#include "app/common_flags.hpp"
#include "app/replay_flags.hpp"
#include "app/trace_files.hpp"
#include "base/error.hpp"
#include "traces/replay/json.hpp"

namespace fluxscope::app {
namespace {

struct ReportFlags {
  bool untrusted = false;
  std::vector<std::string> traces;
  std::string output;
  std::string format;
  bool print_all = false;
  bool formulas = false;
  bool force = false;
};

/// The explicit format, else the one of the output's extension, else html.
std::string format_of(ReportFlags const& flags) {
  if (!flags.format.empty()) return flags.format;
  auto const extension = std::filesystem::path(flags.output).extension().string();
  if (extension == ".json") return "json";
  return extension == ".md" ? "md" : "html";
}

std::string render(analysis::Report const& report, std::string const& format) {
  if (format == "json") return analysis::report_json(report);
  if (format == "md") return analysis::report_markdown(report);
  return analysis::report_html(report);
}

/// File names where they tell the traces apart, else whole paths.
std::vector<std::string> labels_of(std::vector<std::string> const& paths) {
  std::vector<std::string> names;
  for (auto const& path : paths) names.push_back(std::filesystem::path(path).filename().string());
  auto sorted = names;
  std::sort(sorted.begin(), sorted.end());
  bool const distinct = std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
  return distinct ? names : paths;
}

/// A replay is shown by itself.
bool shown_as_replay(ReportFlags const& flags) {
  auto const is_replay = [](std::string const& path) {
    std::error_code none;  // what is no file is refused by the reader of traces
    return std::filesystem::is_regular_file(path, none) && is_of(path, {traces::replay_kind()});
  };
  if (std::none_of(flags.traces.begin(), flags.traces.end(), is_replay)) return false;
  if (flags.traces.size() > 1) {
    throw InputError("report: a replay among " + std::to_string(flags.traces.size()) +
                     " files (each has a page of its own) give one replay, or traces alone");
  }
  std::string const& path = flags.traces.front();
  std::string const format =
      flags.output.empty() && flags.format.empty() ? "table" : format_of(flags);
  ReplayFlags const show{
      .format = format, .output = flags.output == "-" ? "" : flags.output, .force = flags.force};
  InputLog const inputs;
  note_input(path);
  auto output = open_replay_output(show, inputs);
  try_first(flags.untrusted, path, [&] { static_cast<void>(traces::read_replay(path)); });
  show_replay(traces::read_replay(path), show, std::move(output));
  return true;
}

void run_report(ReportFlags const& flags) {
  if (flags.formulas) {
    std::cout << analysis::formulas_markdown();
    return;
  }
  if (flags.traces.empty()) {
    throw InputError(
        "report: no trace was named (there is nothing to report on) "
        "give one or more TRACE.h5 files");
  }
  if (shown_as_replay(flags)) return;
  bool const to_stdout = flags.output.empty() || flags.output == "-";
  InputLog const inputs;
  for (auto const& path : flags.traces) note_input(path);
  std::optional<OutputFile> output;
  if (!to_stdout) {
    output.emplace(flags.output, output_rules(analysis::report_kinds(), inputs, flags.force));
  }
  auto const traces = read_traces(flags.traces, flags.untrusted);
  auto const report = analysis::make_report(traces, labels_of(flags.traces));
  auto const format = format_of(flags);
  if (flags.output == "-" || (flags.output.empty() && format != "html")) {
    std::cout << render(report, format);
    return;
  }
  std::cout << analysis::report_terminal(report, flags.print_all);
  if (!output) return;
  output->write(render(report, format));
  output->commit();
  std::cout << "wrote " << flags.output << "\n";
}

}  // namespace

void add_report_command(CLI::App& root) {
  auto flags = std::make_shared<ReportFlags>();
  auto* command = root.add_subcommand("report", "where the speed-up went: HTML, Markdown or JSON");
  command
      ->add_option("traces", flags->traces,
                   "trace files, measured or simulated; or one replay of predict")
      ->type_name("TRACE.h5");
  command->add_option("-o,--output", flags->output,
                      "file to write, - is standard output; without it the verdict goes to the "
                      "terminal, and md and json to standard output");
  command->add_option("--format", flags->format, "html, md or json; default: by the extension")
      ->check(CLI::IsMember({"html", "md", "json"}));
  command->add_flag("--print", flags->print_all,
                    "print every row of the verdict table, not its headlines");
  command->add_flag("--formulas", flags->formulas, "print docs/formulas.md and stop");
  add_force_flag(*command, flags->force);
  add_untrusted_flag(*command, flags->untrusted);
  command->footer(
      "Example:\n  fluxscope report traces/recorded/*.h5 -o report.html\n"
      "A trace of someone you do not know:\n"
      "  fluxscope report --untrusted traces/recorded/prefill-mma.h5");
  command->callback([flags] { run_report(*flags); });
}

}  // namespace fluxscope::app

#include "app/replay_flags.hpp"

#include <filesystem>
#include <iostream>
#include <utility>

#include "analysis/replay/replay_text.hpp"
#include "app/common_flags.hpp"
#include "traces/replay/json.hpp"

namespace fluxscope::app {
namespace {

std::string format_of(ReplayFlags const& flags) {
  if (!flags.format.empty()) return flags.format;
  if (flags.output.empty()) return "table";
  auto const extension = std::filesystem::path(flags.output).extension().string();
  if (extension == ".html" || extension == ".md" || extension == ".csv") return extension.substr(1);
  return "json";
}

std::string render(traces::Replay const& replay, std::string const& format) {
  if (format == "html") return analysis::replay_html(replay, traces::replay_json(replay));
  if (format == "md") return analysis::replay_markdown(replay);
  if (format == "csv") return analysis::replay_csv(replay);
  if (format == "json") return traces::replay_json(replay);
  return analysis::replay_terminal(replay);
}

}  // namespace

void add_replay_flags(CLI::App& command, ReplayFlags& flags) {
  command.add_option("--format", flags.format, "table, json, csv, md or html; default: by -o")
      ->check(CLI::IsMember({"table", "json", "csv", "md", "html"}));
  command.add_option("-o,--output", flags.output,
                     "file to write: .html, .md, .csv, or a replay (JSON) that report reads");
  add_force_flag(command, flags.force);
}

std::optional<OutputFile> open_replay_output(ReplayFlags const& flags, InputLog const& inputs) {
  if (flags.output.empty()) return std::nullopt;
  auto kinds = analysis::replay_text_kinds();
  kinds.push_back(traces::replay_kind());
  return OutputFile(flags.output, output_rules(std::move(kinds), inputs, flags.force));
}

void show_replay(traces::Replay const& replay, ReplayFlags const& flags,
                 std::optional<OutputFile> output) {
  std::string const format = format_of(flags);
  if (!output) {
    std::cout << render(replay, format);
    return;
  }
  output->write(render(replay, format));
  output->commit();
  std::cout << analysis::replay_terminal(replay) << "wrote " << flags.output << "\n";
}

}  // namespace fluxscope::app

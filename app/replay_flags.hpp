#pragma once
// How replays are printed and written, by predict, try and report.

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "base/files/input_log.hpp"
#include "base/output/output_file.hpp"
#include "traces/replay/replay.hpp"

namespace fluxscope::app {

struct ReplayFlags {
  std::string format;  ///< of standard output or of `output`
  std::string output;
  bool force = false;
};

/// Adds --format, -o and --force.
void add_replay_flags(CLI::App& command, ReplayFlags& flags);

/// The output that the flags name, refused before the work where it must be; or none.
[[nodiscard]] std::optional<OutputFile> open_replay_output(ReplayFlags const& flags,
                                                           InputLog const& inputs);

/// Prints the replay, or writes it to `output` and prints its tables. The format is that of
/// --format, else that of the output's extension, else for an output a replay file.
void show_replay(traces::Replay const& replay, ReplayFlags const& flags,
                 std::optional<OutputFile> output);

}  // namespace fluxscope::app

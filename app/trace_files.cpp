#include "app/trace_files.hpp"

#include <iostream>

#include "app/child_trial.hpp"
#include "traces/file/reader.hpp"

namespace fluxscope::app {

void add_untrusted_flag(CLI::App& command, bool& untrusted) {
  command.add_flag("--untrusted", untrusted,
                   "read each file in a child process first, with limits on memory and time: for "
                   "files of people you do not know");
}

void try_first(bool untrusted, std::string const& path, std::function<void()> const& read) {
  if (untrusted) try_in_child(path, read);
}

std::vector<traces::Trace> read_traces(std::vector<std::string> const& paths, bool untrusted) {
  std::vector<traces::Trace> traces;
  std::string without;
  for (std::string const& path : paths) {
    try_first(untrusted, path, [&] { static_cast<void>(traces::read_trace(path)); });
    traces.push_back(traces::read_trace(path));
    if (!traces.back().has_digests) without += (without.empty() ? "" : ", ") + path;
  }
  if (!without.empty()) {
    std::cerr << "fluxscope: warning: " << without
              << ": of a schema before 1.2, without digests (damage may go unnoticed); `fluxscope "
                 "export TRACE.h5 --to trace -o NEW.h5` writes a trace anew, with digests of what "
                 "is read now\n";
  }
  return traces;
}

}  // namespace fluxscope::app

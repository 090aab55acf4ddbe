#pragma once
// Files of others that a command reads.

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

#include "traces/record/trace.hpp"

namespace fluxscope::app {

/// Adds --untrusted, which sets `untrusted`.
void add_untrusted_flag(CLI::App& command, bool& untrusted);

/// Where `untrusted`, runs `read` of the file at `path` in a child process first: what crashes,
/// hangs or takes the memory there is an InputError here.
void try_first(bool untrusted, std::string const& path, std::function<void()> const& read);

/// The traces of `paths`, in order. One warning on stderr names those that carry no digests.
[[nodiscard]] std::vector<traces::Trace> read_traces(std::vector<std::string> const& paths,
                                                     bool untrusted);

}  // namespace fluxscope::app

#pragma once
// What may be written where. Every output of a command is checked before the command's work.

#include <string>
#include <vector>

#include "base/output/file_kind.hpp"

namespace fluxscope {

struct OutputRules {
  std::vector<FileKind> kinds;           ///< that the command writes here, and may replace
  std::vector<std::string> inputs = {};  ///< files that the command reads
  bool force = false;                    ///< a regular file of any kind may be replaced
  /// What a stopped run left in <path>.tmp goes to <path>.tmp.old: for recordings, which nobody can
  /// make again at will.
  bool keep_stopped = false;
};

/// The file that `path` means, links followed; it may be absent. Throws InputError where `path` is
/// an input, by whatever name; a device, pipe, socket or folder; where standard output or standard
/// error goes; a link to nothing; a file of no kind in `rules` (an empty one is of any kind); a
/// file or in a folder that may not be written; or in a folder that is not there.
[[nodiscard]] std::string checked_output(std::string const& path, OutputRules const& rules);

/// Throws InputError where `path` names one of `inputs`, by whatever name.
void refuse_input(std::string const& path, std::vector<std::string> const& inputs);

/// Throws InputError where the folder that is to hold `target` is not there or may not be written.
void check_folder_of(std::string const& path, std::string const& target);

/// What the link `path` points to. Throws InputError where that is nothing.
[[nodiscard]] std::string link_target(std::string const& path);

/// The folder of a file: "." for a plain name.
[[nodiscard]] std::string folder_of(std::string const& path);

}  // namespace fluxscope

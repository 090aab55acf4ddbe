#pragma once
// The unfinished file of an output.

#include <string>

#include "base/output/output_rules.hpp"

namespace fluxscope {

/// A new, locked file that nobody else writes. Made for OutputFile; see there.
class TemporaryFile {
 public:
  /// `output` is the name in messages, of which `path` is the unfinished file.
  TemporaryFile(std::string path, std::string const& output, OutputRules const& rules);
  /// Lets go of the lock. The file stays.
  ~TemporaryFile();
  TemporaryFile(TemporaryFile const&) = delete;
  TemporaryFile& operator=(TemporaryFile const&) = delete;

  [[nodiscard]] std::string const& path() const { return path_; }
  [[nodiscard]] int descriptor() const { return fd_; }

 private:
  std::string path_;
  int fd_ = -1;
};

/// Throws InputError where `target` is the unfinished file of another output of this process.
void refuse_own_temporary(std::string const& path, std::string const& target);

}  // namespace fluxscope

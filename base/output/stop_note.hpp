#pragma once
// What Ctrl-C and `kill` still do: remove unfinished files, and say where unfinished work is.

#include <cstddef>
#include <string>

namespace fluxscope {

/// From here on SIGINT, SIGTERM, SIGHUP and SIGPIPE carry out the notes and then end the process as
/// before; those that are ignored stay so. A file beyond the limit of `ulimit -f` becomes an error
/// of the write in place of a signal. Called once, by main().
void handle_stops();

/// Holds for its lifetime. Nothing is done where 64 others are held already.
class StopNote {
 public:
  /// `removed` is unlinked, `told` is printed as a line; either may be empty.
  StopNote(std::string const& removed, std::string const& told);
  ~StopNote();
  StopNote(StopNote const&) = delete;
  StopNote& operator=(StopNote const&) = delete;

 private:
  std::size_t slot_;
};

}  // namespace fluxscope

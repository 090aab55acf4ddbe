#pragma once
// Which files a command reads, those that its files name included: no output may replace them.

#include <string>
#include <vector>

namespace fluxscope {

/// While one exists, it collects what note_input() is told. One at a time.
class InputLog {
 public:
  InputLog();
  ~InputLog();
  InputLog(InputLog const&) = delete;
  InputLog& operator=(InputLog const&) = delete;

  [[nodiscard]] std::vector<std::string> paths() const;
};

/// Every reader of a file calls it. Without an InputLog it does nothing.
void note_input(std::string const& path);

}  // namespace fluxscope

#include "base/terminal/progress.hpp"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace fluxscope {

Progress::Progress(std::string task, std::string unit, std::size_t total)
    : task_(std::move(task)),
      unit_(std::move(unit)),
      total_(total),
      begin_(Clock::now()),
      last_(begin_),
      terminal_(isatty(STDERR_FILENO) != 0) {}

Progress::~Progress() {
  if (printed_ && terminal_) std::fputc('\n', stderr);
}

void Progress::update(std::size_t done) {
  using namespace std::chrono_literals;
  auto const now = Clock::now();
  if (now - begin_ < 2s || now - last_ < (terminal_ ? 1s : 10s)) return;
  last_ = now;
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(now - begin_).count();
  std::fprintf(stderr, "%s%s: %zu of %zu %s, %lld s%s", terminal_ ? "\r\033[K" : "", task_.c_str(),
               done, total_, unit_.c_str(), static_cast<long long>(seconds), terminal_ ? "" : "\n");
  std::fflush(stderr);
  printed_ = true;
}

}  // namespace fluxscope

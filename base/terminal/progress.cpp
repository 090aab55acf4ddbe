#include "base/terminal/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace fluxscope {
namespace {

/// "41 s", "3 min", "2 h".
std::string rounded_time(double seconds) {
  if (seconds < 99.5) return fmt::format("{:.0f} s", seconds);
  if (seconds < 99.5 * 60) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.0f} h", seconds / 3600);
}

}  // namespace

std::string progress_text(std::string const& task, std::string const& unit, std::size_t done,
                          std::size_t total, double seconds) {
  std::string text = fmt::format("{}: {} of {} {}, {:.0f} s", task, done, total, unit, seconds);
  if (done == 0 || done >= total) return text;
  double const left = seconds * static_cast<double>(total - done) / static_cast<double>(done);
  return text + ", about " + rounded_time(left) + " left";
}

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
  double const seconds = std::chrono::duration<double>(now - begin_).count();
  std::string const text = progress_text(task_, unit_, done, total_, seconds);
  std::fprintf(stderr, "%s%s%s", terminal_ ? "\r\033[K" : "", text.c_str(), terminal_ ? "" : "\n");
  std::fflush(stderr);
  printed_ = true;
}

}  // namespace fluxscope

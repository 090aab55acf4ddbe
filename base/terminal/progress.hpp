#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace fluxscope {

/// "profile: 120 of 560 cases, 41 s, about 3 min left": as long per item as so far. Without the
/// rest where nothing or all is done.
[[nodiscard]] std::string progress_text(std::string const& task, std::string const& unit,
                                        std::size_t done, std::size_t total, double seconds);

/// A line on stderr about long work, progress_text(): silent for the first two seconds, then at
/// most every second. Rewrites its line on a terminal, prints lines otherwise.
class Progress {
 public:
  Progress(std::string task, std::string unit, std::size_t total);
  ~Progress();
  Progress(Progress const&) = delete;
  Progress& operator=(Progress const&) = delete;

  /// `done` of `total` are finished. Call from one thread.
  void update(std::size_t done);

 private:
  using Clock = std::chrono::steady_clock;
  std::string task_;
  std::string unit_;
  std::size_t total_;
  Clock::time_point begin_;
  Clock::time_point last_;
  bool printed_ = false;
  bool terminal_;
};

}  // namespace fluxscope

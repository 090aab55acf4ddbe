#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace fluxscope {

/// A line on stderr about long work: silent for the first two seconds, then at most every second:
/// "profile: 120 of 560 cases, 41 s". Rewrites its line on a terminal, prints lines otherwise.
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

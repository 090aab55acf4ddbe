#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace fluxscope {

/// Runs body(i) for i in [0, count) on all cores (oneTBB). The calls must not depend on each
/// other's order. The first exception is rethrown after all running calls ended.
void parallel_for(std::size_t count, std::function<void(std::size_t)> const& body);

/// While one lives, parallel_for runs on at most `threads` threads. For tests that the number of
/// threads changes nothing.
class ThreadLimit {
 public:
  /// At least 1 thread.
  explicit ThreadLimit(std::size_t threads);
  ~ThreadLimit();
  ThreadLimit(ThreadLimit const&) = delete;
  ThreadLimit& operator=(ThreadLimit const&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fluxscope

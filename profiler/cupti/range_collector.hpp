#pragma once
// Pass 3: hardware counters of single launches, by CUPTI's range profiler.

#include <cuda.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "profiler/cupti/counter_host.hpp"

namespace fluxscope::profiler {

/// Name of the device's chip, e.g. "GH100". Throws CuptiError.
[[nodiscard]] std::string chip_name(CuptiTable const& cupti, int device);

/// The profiler object, configuration and counter image live as long as the collector. User
/// ranges with user replay: each measured callable is one range. The counters fit one pass, so a
/// callable runs once; a set of several passes is refused.
///
///   RangeCollector ranges(cupti, device, counter_list());
///   for (...) ranges.measure(callable);   at most capacity() callables
///   auto const values = ranges.collect();   [measured, counters]
class RangeCollector {
 public:
  /// Throws CuptiError (privileges, busy hardware, virtual GPU ...), InputError for a counter set
  /// of more than one pass. The context of `device` must be current.
  RangeCollector(CuptiTable const& cupti, int device, std::span<CounterInfo const> counters);
  ~RangeCollector();
  RangeCollector(RangeCollector const&) = delete;
  RangeCollector& operator=(RangeCollector const&) = delete;

  /// CUPTI refuses images of a few thousand ranges.
  [[nodiscard]] static constexpr std::size_t capacity() { return 512; }

  /// Runs `launch`, waits for it, and counts what the GPU did meanwhile.
  void measure(std::function<void()> const& launch);

  /// Values of the ranges since the last collect(), in the order of measure(), then starts anew.
  /// A range that CUPTI dropped has no values.
  [[nodiscard]] std::vector<std::vector<double>> collect();

  [[nodiscard]] std::size_t passes() const { return host_.passes(); }
  [[nodiscard]] std::uint64_t dropped_ranges() const { return dropped_; }

 private:
  void enable();
  void disable() noexcept;
  void reset_image();
  void start();

  CuptiTable const& cupti_;
  CounterHost host_;
  CUpti_RangeProfiler_Object* profiler_ = nullptr;
  std::vector<std::uint8_t> image_;
  std::size_t pending_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace fluxscope::profiler

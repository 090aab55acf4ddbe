#pragma once
// The half of CUPTI's counters that needs no GPU: names, passes, configuration, evaluation.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "profiler/cupti/counter_list.hpp"
#include "profiler/cupti/table.hpp"

namespace fluxscope::profiler {

class CounterHost {
 public:
  /// `chip` as cuptiDeviceGetChipName gives it ("GH100"). `availability`: the device's image, empty
  /// offline. Throws CuptiError for an unknown chip or counter.
  CounterHost(CuptiTable const& cupti, std::string const& chip,
              std::span<std::uint8_t const> availability, std::span<CounterInfo const> counters);
  ~CounterHost();
  CounterHost(CounterHost const&) = delete;
  CounterHost& operator=(CounterHost const&) = delete;

  /// How often a launch would run to collect all counters.
  [[nodiscard]] std::size_t passes() const { return passes_; }
  [[nodiscard]] std::vector<std::uint8_t> const& config() const { return config_; }
  [[nodiscard]] std::vector<char const*> const& names() const { return names_; }

  /// Values of one range of a counter data image, in the order of names().
  [[nodiscard]] std::vector<double> evaluate(std::span<std::uint8_t const> image,
                                             std::size_t range) const;

 private:
  void configure();

  CuptiTable const& cupti_;
  std::string chip_;
  std::vector<std::uint8_t> availability_;
  std::vector<char const*> names_;
  CUpti_Profiler_Host_Object* host_ = nullptr;
  std::vector<std::uint8_t> config_;
  std::size_t passes_ = 0;
};

}  // namespace fluxscope::profiler

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "profiler/run/context.hpp"
#include "traces/pass.hpp"

namespace fluxscope::profiler {

/// One instrument over all cases of a run. Calls come in this order: unavailable, begin, run_case
/// for every case, end.
class RunPass {
 public:
  RunPass() = default;
  virtual ~RunPass() = default;
  RunPass(RunPass const&) = delete;
  RunPass& operator=(RunPass const&) = delete;

  [[nodiscard]] virtual traces::Pass id() const = 0;
  /// Why this pass cannot run here: its `reason` in /passes. None where it can.
  [[nodiscard]] virtual std::optional<std::string> unavailable(RunContext&) { return std::nullopt; }
  virtual void begin(RunContext&) {}
  /// Case `index`, ready on the device; what it gives goes into `rows`.
  virtual void run_case(RunContext& run, std::size_t index, DeviceCase const& device_case,
                        CaseRows& rows) = 0;
  virtual void end(RunContext&, CaseRows&) {}
};

/// Passes that take turns on each case, in this order.
using Stage = std::vector<std::unique_ptr<RunPass>>;

}  // namespace fluxscope::profiler

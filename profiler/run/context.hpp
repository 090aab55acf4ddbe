#pragma once
// What the passes of one run share.

#include <cuda_runtime_api.h>

#include <cstdint>
#include <vector>

#include "plan/experiment/experiment.hpp"
#include "profiler/clock/calibration.hpp"
#include "profiler/cupti/library.hpp"
#include "profiler/device/case.hpp"
#include "profiler/device/case_memory.hpp"
#include "profiler/machine/nvml.hpp"
#include "profiler/run/crosscheck.hpp"
#include "runs/cases/planned.hpp"
#include "runs/losses.hpp"
#include "traces/file/writer.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::profiler {

struct RunContext {
  runs::PlannedCases& cases;
  CaseMemory& memory;
  Nvml const& nvml;
  traces::DeviceInfo const& device;
  CuptiLibrary const& cupti;
  ClockCalibration const& clocks;
  double tick_ns;
  cudaStream_t stream;
  traces::TraceWriter& writer;
  Crosschecks& crosschecks;
  runs::Losses& losses;
  int device_index = 0;
  std::uint32_t next_launch_id = 0;  ///< rows of /launches written or promised

  [[nodiscard]] plan::MeasureSettings const& settings() const { return cases.experiment().measure; }
  [[nodiscard]] plan::Case const& layer_case(std::size_t index) const {
    return cases.experiment().cases[index];
  }
};

/// Rows of one case, owned until they are appended.
struct CaseRows : traces::Tables<traces::RunningRecords, traces::Owned> {
  [[nodiscard]] traces::TraceBatch batch() const {
    return traces::view<traces::RunningRecords>(*this);
  }
  [[nodiscard]] bool empty() const { return traces::all_empty<traces::RunningRecords>(*this); }
};

template <class T>
void append_all(std::vector<T>& target, std::vector<T> const& rows) {
  target.insert(target.end(), rows.begin(), rows.end());
}

}  // namespace fluxscope::profiler

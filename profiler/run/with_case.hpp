#pragma once

#include <cstddef>

#include "base/error.hpp"
#include "profiler/run/context.hpp"

namespace fluxscope::profiler {

/// Puts case `index` on the device, calls body(device_case, rows) and appends the rows to the
/// trace. InputErrors get "case NAME: " in front.
void with_case(RunContext& run, std::size_t index, auto const& body) {
  try {
    auto const work = run.cases.work(index);
    DeviceCase const device_case(run.layer_case(index).plan, *work, run.memory, run.device.l2_bytes,
                                 run.stream);
    CaseRows rows;
    body(device_case, rows);
    if (!rows.empty()) run.writer.append(rows.batch());
  } catch (InputError const& error) {
    throw InputError("case " + run.layer_case(index).name + ": " + error.what());
  }
}

}  // namespace fluxscope::profiler

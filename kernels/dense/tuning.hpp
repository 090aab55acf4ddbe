#pragma once

#include "kernels/device/probe_record.hpp"

namespace fluxscope::kernels {

/// Of the kernels whose rows stand for themselves. Never changes the result.
struct RowsTuning {
  ProbeLevel probe = ProbeLevel::off;
  /// The launch may be made ready while the grid before it still runs (programmatic dependent
  /// launch, compute capability 9.0 on). Weights, tables and sequences must be there before that
  /// grid starts; all else may be its. Two grids then overlap in time, so who measures launches
  /// one by one says false.
  bool early = true;
};

}  // namespace fluxscope::kernels

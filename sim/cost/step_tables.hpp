#pragma once
// What a device profile knows of the operations of a step that are not attention.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "plan/op/catalog.hpp"
#include "sim/cost/gemm_table.hpp"
#include "sim/cost/rate_curve.hpp"

namespace fluxscope::sim {

/// What launching costs. Gaps are from the end of a kernel to the begin of the next.
struct LaunchCosts {
  double eager_gap_ns = 0;    ///< the next launch is enqueued already
  double eager_start_ns = 0;  ///< from a launch call's return to the kernel's begin, GPU idle
  double graph_gap_ns = 0;    ///< between kernels of a graph that depend on each other
  double graph_start_ns = 0;  ///< from the graph's call to its first kernel's begin, GPU idle
  std::map<plan::LaunchOp, double> host_ns;  ///< of one eager launch call

  friend bool operator==(LaunchCosts const&, LaunchCosts const&) = default;
};

/// Tables that are empty were not measured.
struct StepTables {
  GemmTable gemm;
  std::map<plan::LaunchOp, RateCurve> rows;      ///< also router and plan_gpu
  std::map<std::int32_t, RateCurve> collective;  ///< by ranks: an all_reduce of so many bytes
  std::optional<LaunchCosts> launch;
  std::string made_from;  ///< the measured tables; empty: not said
  /// By "gemm", "gemm_other_weights" (n and k that no column has), "rows", "collective": of rows
  /// that no fit saw. One that is missing: the table's own points, left out in turn.
  std::map<std::string, LeftOut> held_out;
  std::string transferred_from;       ///< the GPU whose tables fill what was not measured here
  std::set<std::string> transferred;  ///< kTransferredGemm, kTransferredLaunch, names of operations
};

inline constexpr char kTransferredGemm[] = "gemm";
inline constexpr char kTransferredLaunch[] = "launch";

}  // namespace fluxscope::sim

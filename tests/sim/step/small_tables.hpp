#pragma once
// Tables for the steps of tests/plan/experiment/file.hpp's model at one token: not a measurement.

#include "sim/device/profile.hpp"

namespace fluxscope::sim::testing {

/// The five products of a token and the operations on its row, a point for each, of which the time
/// is easy to add up; every one has a second point far above.
inline StepTables small_tables(DeviceSpec const& spec) {
  using enum plan::LaunchOp;
  auto const product = [](std::int64_t n, std::int64_t k, double time_ns) {
    return GemmPoint{.shape = {1, n, k}, .time_ns = time_ns, .tile_m = 64, .tile_n = 64};
  };
  auto const sizes = [](std::int64_t bytes, double time_ns) {
    return RateCurve({{bytes, time_ns}, {1 << 30, 1e6}});
  };
  StepTables tables;
  tables.gemm =
      GemmTable({product(512, 256, 3000), product(256, 256, 2000), product(1024, 256, 4000),
                 product(256, 512, 5000), product(1040, 256, 6000)},
                {.sm_count = spec.sm_count, .flop_per_s = 1e15, .bytes_per_s = 1e12});
  tables.rows[embedding] = sizes(1024, 1100);
  tables.rows[rms_norm] = RateCurve({{1024, 1200}, {2048, 1300}, {1 << 30, 1e6}});
  tables.rows[rope_append] = sizes(2048, 1400);
  tables.rows[silu_mul] = sizes(3072, 1500);
  tables.rows[greedy_token] = sizes(2080, 1600);
  tables.launch = LaunchCosts{
      .eager_gap_ns = 400, .eager_start_ns = 900, .graph_gap_ns = 300, .graph_start_ns = 7000};
  for (plan::OpRow const& row : plan::op_catalog()) tables.launch->host_ns[row.op] = 50;
  return tables;
}

/// All of a token's operations but attention, four layers: one norm reads no residual.
inline constexpr double kSmallTokenNs =
    1100 + 1200 + 8 * 1300 + 4 * (3000 + 1400 + 2000 + 4000 + 1500 + 5000) + 6000 + 1600;
/// Their number.
inline constexpr int kSmallTokenLaunches = 1 + 4 * 8 + 3;

}  // namespace fluxscope::sim::testing

#include "sim/step_times/plausible.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"

namespace fluxscope::sim {
namespace {

constexpr double kOverPeak = 1.1;
constexpr double kOverMemory = 4;
constexpr double kTellingNs = 1e4;
constexpr double kSlow = 100;
constexpr double kSlowLinks = 1000;

struct Ideal {
  double compute_ns = 0;
  double memory_ns = 0;
};

Ideal ideal_of(StepTimedRow const& row, DeviceSpec const& spec) {
  bool const product = row.table == StepTable::gemm;
  auto const flop = static_cast<double>(product ? plan::gemm_flop(row.gemm) : 0);
  auto const bytes = static_cast<double>(product ? plan::gemm_bytes(row.gemm) : row.bytes);
  return {.compute_ns = 1e9 * flop / static_cast<double>(spec.bf16_flop_per_s),
          .memory_ns = 1e9 * bytes / static_cast<double>(spec.hbm_bytes_per_s)};
}

constexpr char kAdvice[] =
    "(another unit, or another GPU) give the unit in the column's name and the GPU's profile with "
    "--base.";

struct Best {
  StepTimedRow const* row = nullptr;
  double ratio = 0;
};

}  // namespace

void expect_plausible(StepTimes const& times, DeviceSpec const& spec) {
  std::map<StepTable, Best> best;
  for (StepTimedRow const& row : times.rows) {
    Ideal const ideal = ideal_of(row, spec);
    double const least_ns = std::max(ideal.compute_ns / kOverPeak, ideal.memory_ns / kOverMemory);
    if (row.time_ns < least_ns) {
      throw InputError(fmt::format("{}{:.4g} us for {}, but {} needs {:.4g} us at its peak {}",
                                   times.where(row), row.time_ns / 1e3, row.what(), spec.name,
                                   least_ns / 1e3, kAdvice));
    }
    double const ideal_ns = std::max(ideal.compute_ns, ideal.memory_ns);
    if (ideal_ns < kTellingNs) continue;
    Best& of_table = best[row.table];
    if (of_table.row != nullptr && of_table.ratio <= row.time_ns / ideal_ns) continue;
    of_table = {&row, row.time_ns / ideal_ns};
  }
  for (auto const& [table, of_table] : best) {
    if (of_table.ratio < (table == StepTable::collective ? kSlowLinks : kSlow)) continue;
    throw InputError(
        fmt::format("{}even this row, the best of its kind, takes {:.3g} times what {} "
                    "can do {}",
                    times.where(*of_table.row), of_table.ratio, spec.name, kAdvice));
  }
}

}  // namespace fluxscope::sim

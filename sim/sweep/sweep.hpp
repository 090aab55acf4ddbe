#pragma once

#include <string>

#include "sim/sweep/file.hpp"
#include "sim/sweep/points.hpp"

namespace fluxscope::sim {

struct SweepOptions {
  Shard shard;
  bool resume = false;
  std::size_t points_per_part = 8192;  ///< a part is written whenever so many are done
};

/// Runs the shard's points on all cores and writes `path`. On the way, finished points go to parts
/// in the folder <path>.parts, each whole or absent; they are removed at the end. With `resume` the
/// parts of a killed run are taken over; without it they are discarded.
/// Throws InputError where `path` cannot be written, or holds parts of another sweep.
SweepTable run_sweep(SweepConfig const& config, SweepOptions const& options,
                     std::string const& path);

/// The rows of `points`, without files.
[[nodiscard]] SweepTable sweep_table(SweepConfig const& config,
                                     std::vector<SweepPoint> const& points);

}  // namespace fluxscope::sim

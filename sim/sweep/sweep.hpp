#pragma once

#include <string>

#include "sim/sweep/file.hpp"
#include "sim/sweep/points.hpp"

namespace fluxscope::sim {

struct SweepOptions {
  Shard shard;
  bool restart = false;                ///< discards the points of a run that was stopped
  std::size_t points_per_part = 8192;  ///< a part is written whenever so many are done
};

/// Runs the shard's points on all cores, writes and commits `output`. On the way, finished points
/// go to parts (sim/sweep/parts.hpp), which are removed at the end. A run goes on from those that a
/// stopped one of the same identity left.
/// Throws InputError where the output or the parts cannot be written, or parts of another sweep are
/// in their place.
SweepTable run_sweep(SweepConfig const& config, SweepOptions const& options, OutputFile& output);
/// Into `path`, where only a sweep is replaced.
SweepTable run_sweep(SweepConfig const& config, SweepOptions const& options,
                     std::string const& path);

/// The rows of `points`, without files.
[[nodiscard]] SweepTable sweep_table(SweepConfig const& config,
                                     std::vector<SweepPoint> const& points);

}  // namespace fluxscope::sim

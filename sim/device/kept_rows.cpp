#include "sim/device/kept_rows.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"
#include "plan/layer/size.hpp"

namespace fluxscope::sim {

std::int64_t least_kept_tiles(plan::Experiment const& experiment) {
  std::int64_t kept = 0;
  for (plan::Case const& one : experiment.cases) {
    std::int64_t tiles = 0;
    for (auto const& [q_len, kv_len] : one.plan.sequences) {
      tiles += plan::tile_rows({.phase = one.plan.phase,
                                .shape = one.plan.shape,
                                .requests = 1,
                                .q_len = q_len,
                                .kv_len = kv_len});
    }
    if (tiles <= experiment.measure.keep_cta_rows) kept += tiles;
  }
  return kept;
}

void expect_few_kept_tiles(plan::Experiment const& experiment) {
  std::int64_t const tiles = least_kept_tiles(experiment);
  if (tiles <= limits::kKeptTiles) return;
  throw InputError(experiment.path + ": the trace would keep rows of " + std::to_string(tiles) +
                   " tiles (at most " + std::to_string(limits::kKeptTiles) +
                   " are held) lower keep_cta_rows in [trace], or split the experiment");
}

}  // namespace fluxscope::sim

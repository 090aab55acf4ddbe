#pragma once

#include <cstdint>

#include "plan/experiment/experiment.hpp"

namespace fluxscope::sim {

/// At least how many tiles' rows a trace of the experiment keeps, before any is planned: tiles of
/// rows that are not split, of launches within keep_cta_rows.
[[nodiscard]] std::int64_t least_kept_tiles(plan::Experiment const& experiment);

/// Throws InputError beyond limits::kKeptTiles.
void expect_few_kept_tiles(plan::Experiment const& experiment);

}  // namespace fluxscope::sim

#pragma once
// Tile shapes of prefill_mma that were weighed against each other.

#include <vector>

#include "tests/bench/prefill_bench.hpp"

namespace fluxscope::bench {

/// The variants for `head_dim`, without probes.
[[nodiscard]] std::vector<PrefillSubject> prefill_variants(std::int32_t head_dim);

}  // namespace fluxscope::bench

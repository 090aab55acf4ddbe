#pragma once
// Times gather_kv and the router.

#include "tests/bench/decode_bench.hpp"

namespace fluxscope::bench {

/// Copies streaming selections (17 blocks per head) and whole caches into pages; prints
/// microseconds and TB/s, bytes read plus bytes written.
void print_gather_times(KvArena const& arena);

/// The Flux router, head_dim 128, 32 query heads, weights warm in L2; prints microseconds.
void print_router_times();

}  // namespace fluxscope::bench

#pragma once
// Times gather_kv and the router.

#include "tests/bench/kernels/decode.hpp"

namespace fluxscope::bench {

struct GatherTime {
  double median_us = 0;  ///< of graph replays
  double bytes = 0;      ///< read plus written
};

/// Copies the last `blocks` of `kv_blocks` blocks of every head, 8 heads, head_dim 128, from the
/// first to the last part of the arena.
[[nodiscard]] GatherTime time_gather(KvArena const& arena, std::int32_t batch,
                                     std::int32_t kv_blocks, std::int32_t blocks);

/// The Flux router, head_dim 128, 32 query heads, weights warm in L2; median of graph replays.
[[nodiscard]] double time_router_us(std::int32_t batch, std::int32_t q_len);

/// Copies streaming selections (17 blocks per head) and whole caches into pages; prints
/// microseconds and TB/s, bytes read plus bytes written.
void print_gather_times(KvArena const& arena);

/// Prints microseconds.
void print_router_times();

}  // namespace fluxscope::bench

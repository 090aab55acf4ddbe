#pragma once
// Runs the launches of a layer on the GPU, for the tests of the attention kernels.

#include <cuda_runtime_api.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <vector>

#include "kernels/attention/params.hpp"
#include "tests/kernels/support/hand_split.hpp"
#include "tests/kernels/support/kv_cache.hpp"

namespace fluxscope::testing {

struct AttentionResult {
  std::vector<std::uint16_t> o_bits;  // [rows, q_heads, head_dim] bf16
  std::vector<float> o;
  std::vector<float> lse;  // [rows, q_heads]
  std::vector<kernels::WarpRecord> warps;
  std::vector<kernels::TileRecord> tiles;
};

/// Rows that no launch writes hold the same NaN in both: that results are numbers is for matches().
[[nodiscard]] inline bool same_bits(AttentionResult const& a, AttentionResult const& b) {
  return a.o_bits == b.o_bits && a.lse.size() == b.lse.size() &&
         std::memcmp(a.lse.data(), b.lse.data(), a.lse.size() * sizeof(float)) == 0;
}

/// Probe buffers of a run; 0 rows: probe off.
struct ProbeCapacity {
  std::uint32_t warps = 0;
  std::uint32_t tiles = 0;
};

/// Enqueues the attention kernel under test.
using AttentionLauncher =
    std::function<void(kernels::AttentionParams const&, kernels::ProbeLevel, cudaStream_t)>;

/// What the launches read. KV comes from `cache`, or from `pages` where there are any; gather_kv
/// copies from `cache` to `pages`.
struct AttentionInputs {
  std::int32_t q_heads = 0;
  std::vector<float> const& q;  // [rows, q_heads, head_dim]
  std::vector<kernels::SequenceParams> sequences;
  KvCache const& cache;
  KvPages pages;
};

/// What the pages of a planner's layer hold before it: the cache, or NaN where the layer begins
/// with gather_kv. Without a page table there are none.
[[nodiscard]] KvPages pages_before(plan::LayerWork const& work, KvCache const& cache);

/// Runs the launches one after the other. Outputs are NaN beforehand. The probe, if any, belongs to
/// the attention launch; gather_kv and combine run without.
[[nodiscard]] AttentionResult run_launches(AttentionInputs const& inputs, Launches const& launches,
                                           AttentionLauncher const& attention, ProbeCapacity probe);

}  // namespace fluxscope::testing

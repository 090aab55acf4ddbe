#pragma once
// Times whole prefill layers: the launches that the planner makes of them.

#include <cuda_runtime_api.h>

#include <functional>
#include <string>

#include "kernels/attention/params.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "plan/layer/work_list.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::bench {

/// A kernel to time: the public launcher, or a variant of it under study.
struct PrefillSubject {
  std::string name;
  kernels::KernelFacts facts;
  std::function<void(kernels::AttentionParams const&, kernels::ProbeLevel, cudaStream_t)> launch;
  bool has_probe = false;
};

/// Llama-3.1-8B heads: 32 query heads, 8 KV heads, bf16, batch 1, q_len = kv_len, a multiple of
/// 128.
struct PrefillCase {
  std::int32_t kv_len = 0;
  std::int32_t head_dim = 128;
  std::int32_t streaming_kv_heads = 0;  ///< of 8: 1 sink block and 16 local blocks instead of all
  plan::Execution execution = plan::Execution::layer_uniform;
  plan::Scheduler scheduler = plan::Scheduler::longest_first;
};

struct PrefillTime {
  double median_us = 0;  ///< all launches of the layer, from graph replays
  double min_us = 0;
  double useful_flop = 0;    ///< 4 head_dim per (query, KV) pair that a head selects and may see
  double executed_flop = 0;  ///< the same per pair of the visited 128 x 128 blocks
  double sm_clock_mhz = 0;   ///< of one more run, from its probe records; 0 without a probe
};

/// Queries, KV (once contiguous, once in pages) and outputs for sequences up to `kv_len` tokens,
/// normal random.
class PrefillMemory {
 public:
  explicit PrefillMemory(std::int32_t kv_len);

 private:
  friend class PrefillLayer;
  testing::DeviceArray<__nv_bfloat16> q_, o_, k_, v_, k_pages_, v_pages_;
  testing::DeviceArray<float> lse_;
};

/// Median over graph replays.
[[nodiscard]] PrefillTime time_prefill(PrefillSubject const& subject, PrefillCase const& one,
                                       PrefillMemory const& memory);

/// Prints one line: case, microseconds, TFLOP/s.
void print_time(PrefillSubject const& subject, PrefillCase const& one, PrefillTime const& time);

}  // namespace fluxscope::bench

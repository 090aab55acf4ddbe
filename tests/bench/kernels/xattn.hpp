#pragma once
// Times XAttention's block selection and the sparse attention that it feeds.

#include <cuda_runtime_api.h>

#include <functional>
#include <memory>
#include <string>

#include "kernels/device/kernel_facts.hpp"
#include "kernels/routing/xattn/score/launch.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::bench {

/// A score kernel to time: a public launcher, or a variant of it under study.
struct ScoreSubject {
  std::string name;
  std::function<void(kernels::XattnScoreParams const&, kernels::XattnTuning const&, cudaStream_t)>
      launch;
  std::function<kernels::KernelFacts(std::int32_t head_dim, std::int32_t stride)> facts;
};

/// Llama-3.1-8B heads: 32 query heads, 8 KV heads, bf16, batch 1, q_len = kv_len.
struct SelectionCase {
  std::int32_t kv_len = 0;
  std::int32_t head_dim = 128;
  std::int32_t stride = 16;
};

struct SelectionTime {
  double score_us = 0;     ///< medians of graph replays
  double select_us = 0;    ///< at threshold 0.9
  double useful_flop = 0;  ///< 2 stride head_dim per pair of groups that see each other
};

/// Lists of a threshold, and prefill_wgmma (prefill_mma where the GPU has no wgmma) on them.
struct SparseTime {
  double density = 0;       ///< kept of the visible blocks
  double attention_us = 0;  ///< tiles longest first, persistent
};

/// Normal random queries, keys and values up to `kv_len` tokens.
struct SelectionMemory {
  explicit SelectionMemory(std::int32_t kv_len);
  testing::DeviceArray<__nv_bfloat16> q, k, v, o;
  testing::DeviceArray<float> lse;
};

/// The selection of one case; its buffers live as long as it.
class SelectionBench {
 public:
  SelectionBench(ScoreSubject subject, SelectionCase const& one, SelectionMemory const& memory);
  ~SelectionBench();
  SelectionBench(SelectionBench const&) = delete;
  SelectionBench& operator=(SelectionBench const&) = delete;

  [[nodiscard]] SelectionTime time() const;
  /// Scores of random tokens are nearly equal, so a threshold keeps about as large a share of the
  /// blocks, others for every head and query block.
  [[nodiscard]] SparseTime time_attention(float threshold) const;

 private:
  struct Buffers;
  ScoreSubject subject_;
  SelectionCase case_;
  SelectionMemory const& memory_;
  std::unique_ptr<Buffers> buffers_;
};

}  // namespace fluxscope::bench

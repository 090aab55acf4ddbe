#pragma once
// One attention layer of ours on tensors that somebody else owns.

#include <cuda_runtime_api.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/attention/params.hpp"
#include "plan/layer/work_list.hpp"
#include "tests/kernels/support/device_table.hpp"

namespace fluxscope::bench {

/// What to run. Plain C for ctypes: tests/bench/peers/bindings.py has the same fields in this
/// order.
struct LayerRequest {
  char const* kernel = nullptr;     ///< "prefill_mma", "prefill_wgmma" or "decode_split"
  char const* execution = nullptr;  ///< plan/layer/names.hpp; one that reads a contiguous cache
  char const* scheduler = nullptr;  ///< plan/layer/names.hpp
  std::int32_t causal = 1;          ///< 0: every query sees all of the KV; no selection then
  std::int32_t batch = 1;
  std::int32_t q_len = 0;
  std::int32_t kv_len = 0;
  std::int32_t q_heads = 0;
  std::int32_t kv_heads = 0;
  std::int32_t head_dim = 0;
  /// [kv_heads]: 1 where the head reads 1 sink block and 16 local blocks; null: no head does.
  std::uint8_t const* streams = nullptr;
  std::int64_t const* row_begin = nullptr;  ///< plan::BlockLists, all heads; null: no lists
  std::int32_t const* columns = nullptr;
};

/// Device memory of one call.
struct LayerTensors {
  void const* q = nullptr;  // [batch, q_len, q_heads, head_dim]
  void const* k = nullptr;  // [batch, kv_heads, kv_len, head_dim]
  void const* v = nullptr;  // as k
  void* o = nullptr;        // as q
  void* lse = nullptr;      // [batch, q_len, q_heads], float
};

/// The plan of a request, its tables and partial buffers on the current device.
class PeersLayer {
 public:
  /// Throws InputError for a request that the planner or the kernel does not support.
  explicit PeersLayer(LayerRequest const& request);

  /// Enqueues the layer's launches.
  void launch(LayerTensors const& tensors, cudaStream_t stream) const;

  [[nodiscard]] plan::LayerWork const& work() const { return work_; }

 private:
  plan::Phase phase_;
  plan::LayerWork work_;
  testing::DeviceArray<kernels::SequenceParams> sequences_;
  testing::DeviceArray<float> o_partial_;
  testing::DeviceArray<float> lse_partial_;
  kernels::AttentionParams params_;
  std::vector<std::unique_ptr<testing::DeviceTable>> tables_;
};

}  // namespace fluxscope::bench

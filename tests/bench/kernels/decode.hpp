#pragma once
// Times a decode layer, merge included, on KV that is not in the L2 cache.

#include <cuda_runtime_api.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/cuda/buffer.hpp"
#include "kernels/attention/params.hpp"

namespace fluxscope::bench {

/// A kernel to time: the public launcher under some tuning, or a variant under study.
struct DecodeSubject {
  std::string name;
  std::function<void(kernels::AttentionParams const&, cudaStream_t)> launch;
};

/// Llama-3.1-8B heads: 32 query heads, 8 KV heads, bf16.
struct DecodeCase {
  std::int32_t batch = 1;
  std::int32_t kv_len = 0;
  std::int32_t head_dim = 128;
  std::int32_t full_heads = 8;   ///< of 8; the others read 1 sink block and 16 local blocks
  std::int32_t splits = 1;       ///< pieces per (sequence, KV head); 0: those of `balanced`
  bool persistent = false;       ///< a queue with as many CTAs as the device holds at once
  std::int32_t grid_ctas = 0;    ///< persistent only
  std::int32_t page_tokens = 0;  ///< 0: contiguous
};

struct DecodeTime {
  double median_us = 0;  ///< one layer, from graph replays
  double min_us = 0;
  double combine_us = 0;  ///< combine alone, warm; 0 where no row is split
  double kv_bytes = 0;
  std::int32_t tiles = 0;
};

/// KV memory of `bytes`, filled once with normal random bf16 numbers.
class KvArena {
 public:
  explicit KvArena(std::size_t bytes);
  KvArena(KvArena const&) = delete;
  KvArena& operator=(KvArena const&) = delete;
  [[nodiscard]] __nv_bfloat16* k() const { return k_.data(); }
  [[nodiscard]] __nv_bfloat16* v() const { return v_.data(); }
  [[nodiscard]] std::size_t elements() const { return k_.count(); }  ///< of each of k and v

 private:
  DeviceBuffer<__nv_bfloat16> k_;
  DeviceBuffer<__nv_bfloat16> v_;
};

/// Enqueues a fill with normal random numbers (hash of the index, Box-Muller).
void fill_normal(__nv_bfloat16* data, std::size_t count, std::uint32_t seed);

/// Median over graph replays. Each graph holds one launch per KV set; the sets together exceed
/// four times the L2 cache, so that no set survives in it until its next turn.
[[nodiscard]] DecodeTime time_decode(DecodeSubject const& subject, DecodeCase const& one,
                                     KvArena const& arena);

/// Prints one line: case, microseconds, TB/s of KV bytes.
void print_time(DecodeSubject const& subject, DecodeCase const& one, DecodeTime const& time);

}  // namespace fluxscope::bench

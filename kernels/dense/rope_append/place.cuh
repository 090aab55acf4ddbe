#pragma once
// Where a row of the QKV product belongs.

#include "kernels/attention/pages.cuh"
#include "kernels/dense/rope_append/launch.hpp"

namespace fluxscope::kernels::rope {

/// One token of the batch.
struct TokenPlace {
  std::int64_t kv_offset;       // see SequenceParams
  std::int64_t kv_head_stride;  // see SequenceParams
  std::int32_t sequence;        // -1: the row is of none
  std::int32_t position;
  bool pooled;  // by the router
};

/// By a whole warp, which looks at 32 sequences at a time; the same in every lane.
__device__ __forceinline__ TokenPlace find_place(RopeAppendParams const& params, std::int64_t row,
                                                 int lane) {
  TokenPlace place{
      .kv_offset = 0, .kv_head_stride = 0, .sequence = -1, .position = 0, .pooled = false};
  for (int first = 0; first < params.batch && place.sequence < 0; first += 32) {
    int const mine = first + lane;
    bool holds = false;
    if (mine < params.batch) {
      std::int64_t const token = row - params.sequences[mine].q_row_begin;
      holds = token >= 0 && token < params.sequences[mine].q_len;
    }
    unsigned const holders = __ballot_sync(0xffffffffu, holds);
    if (holders != 0) place.sequence = first + __ffs(static_cast<int>(holders)) - 1;
  }
  if (place.sequence < 0) return place;
  SequenceParams const sequence = params.sequences[place.sequence];
  auto const token = static_cast<std::int32_t>(row - sequence.q_row_begin);
  place.kv_offset = sequence.kv_offset;
  place.kv_head_stride = sequence.kv_head_stride;
  place.position = sequence.kv_len - sequence.q_len + token;
  place.pooled = token < params.pool_tokens || token >= sequence.q_len - params.pool_tokens;
  return place;
}

/// First element of the token's row of a KV head, or -1 where the cache does not hold it.
__device__ __forceinline__ std::int64_t cache_element(RopeAppendParams const& params,
                                                      TokenPlace const& place, int kv_head) {
  KvStore const& cache = params.cache;
  if (cache.page_table == nullptr) {
    return place.kv_offset + kv_head * place.kv_head_stride + place.position * cache.token_stride;
  }
  std::int64_t const head = std::int64_t{place.sequence} * params.kv_heads + kv_head;
  int const shift = 31 - __clz(cache.page_tokens);
  std::int64_t const row =
      paged_row(cache.page_table + head * cache.pages_per_head, shift, place.position);
  return row < 0 ? -1 : row * params.head_dim;
}

}  // namespace fluxscope::kernels::rope

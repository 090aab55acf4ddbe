#pragma once
// Global to shared memory, for the producer warp of prefill_wgmma. Whole blocks go by the copy
// engine. A block that ends beyond its sequence goes by cp.async, with zeros for the rows that do
// not exist: what lies behind them in memory may belong to another head and hold NaN, which even
// the weight 0 would let through, or may not be memory at all.

#include <cuda.h>

#include "kernels/attention/params.hpp"
#include "kernels/attention/prefill_wgmma/shape.cuh"
#include "kernels/device/ptx.cuh"
#include "kernels/device/ptx_sm90.cuh"

namespace fluxscope::kernels::wgmma {

/// Tensor maps of the launch: boxes of 128 rows, for paged K and V of page_tokens rows.
struct PrefillMaps {
  CUtensorMap q;
  CUtensorMap k;
  CUtensorMap v;
  CUtensorMap o;
};

/// Copies rows [0, valid_rows) of a block, zeros after them, and arrives at `barrier` once they are
/// there. `row_start(row)` is the offset of a row's first element. By a whole warp.
template <class Shape, class RowStart>
__device__ __forceinline__ void copy_rows(std::uint32_t shared, std::uint32_t barrier,
                                          __nv_bfloat16 const* base, int valid_rows,
                                          RowStart const& row_start) {
  constexpr int kRowsPerStep = 32 / Shape::kPieces;
  int const lane = static_cast<int>(threadIdx.x) % 32;
  int const piece = lane % Shape::kPieces;
  std::uint32_t const panel = shared + static_cast<std::uint32_t>(piece / 8 * Shape::kPanelBytes);
#pragma unroll 2
  for (int row = lane / Shape::kPieces; row < Shape::kRows; row += kRowsPerStep) {
    bool const valid = row < valid_rows;
    ptx::cp_async_16(panel + static_cast<std::uint32_t>(row * 128 + (piece ^ row) % 8 * 16),
                     base + (valid ? row_start(row) + piece * 8 : 0), valid);
  }
  ptx::cp_async_commit();
  ptx::cp_async_wait<0>();
  ptx::fence_proxy_async();
  ptx::warp_arrive(barrier, lane);
}

/// Copies a query block; rows from `row_count` on become zeros. By a whole warp.
template <class Shape>
__device__ __forceinline__ void copy_queries(AttentionParams const& params, CUtensorMap const& map,
                                             TileHeader const& tile, std::uint32_t shared,
                                             std::uint32_t barrier) {
  int const lane = static_cast<int>(threadIdx.x) % 32;
  if (tile.row_count < Shape::kRows) {
    std::int64_t const stride = static_cast<std::int64_t>(params.q_heads) * Shape::kHeadDim;
    std::int64_t const first = tile.first_row * stride + tile.head * Shape::kHeadDim;
    copy_rows<Shape>(shared, barrier, params.q, tile.row_count,
                     [&](int row) { return first + row * stride; });
    return;
  }
  if (lane == 0) ptx::mbarrier_arrive_expect(barrier, Shape::kBlockBytes);
  ptx::other_lanes_arrive(barrier, lane);
  __syncwarp();
  if (lane < Shape::kPanels) {
    ptx::copy_box_3d(shared + static_cast<std::uint32_t>(lane * Shape::kPanelBytes), map, barrier,
                     lane * 64, static_cast<std::int32_t>(tile.first_row), tile.head);
  }
}

/// The K and V blocks of one (sequence, KV head). Used by a whole warp.
template <class Shape>
class KvBlocks {
 public:
  __device__ __forceinline__ KvBlocks(KvParams const& kv, SequenceParams const& sequence,
                                      int page_row, int kv_head)
      : kv_(kv), kv_len_(sequence.kv_len) {
    if (kv.page_table == nullptr) {
      first_ = sequence.kv_offset + kv_head * sequence.kv_head_stride;
      mapped_ = first_ % Shape::kHeadDim == 0 && first_ / Shape::kHeadDim <= INT32_MAX;
    } else {
      first_ = static_cast<std::int64_t>(page_row) * kv.pages_per_head;
      mapped_ = true;
    }
  }

  /// Starts the copy of `block` of `matrix` (kv.k or kv.v), which completes on `barrier`.
  __device__ __forceinline__ void copy(std::uint32_t shared, std::uint32_t barrier,
                                       CUtensorMap const& map, __nv_bfloat16 const* matrix,
                                       int block) const {
    int const token = block * plan::kBlockTokens;
    if (mapped_ && token + plan::kBlockTokens <= kv_len_) {
      copy_boxes(shared, barrier, map, token);
    } else if (kv_.page_table == nullptr) {
      copy_rows<Shape>(shared, barrier, matrix, kv_len_ - token,
                       [&](int row) { return first_ + (token + row) * kv_.token_stride; });
    } else {
      int const shift = 31 - __clz(kv_.page_tokens);
      copy_rows<Shape>(shared, barrier, matrix, kv_len_ - token, [&](int row) {
        std::int64_t const page = __ldg(kv_.page_table + first_ + ((token + row) >> shift));
        return ((page << shift) + (row & (kv_.page_tokens - 1))) * Shape::kHeadDim;
      });
    }
  }

 private:
  /// A box per page and panel, each from its own lane; contiguous KV is one page of 128 rows.
  __device__ __forceinline__ void copy_boxes(std::uint32_t shared, std::uint32_t barrier,
                                             CUtensorMap const& map, int token) const {
    int const lane = static_cast<int>(threadIdx.x) % 32;
    if (lane == 0) ptx::mbarrier_arrive_expect(barrier, Shape::kBlockBytes);
    ptx::other_lanes_arrive(barrier, lane);
    __syncwarp();
    int const panel = lane % Shape::kPanels;
    std::uint32_t const place = shared + static_cast<std::uint32_t>(panel * Shape::kPanelBytes);
    if (kv_.page_table == nullptr) {
      if (lane >= Shape::kPanels) return;
      ptx::copy_box_3d(place, map, barrier, panel * 64, token,
                       static_cast<std::int32_t>(first_ / Shape::kHeadDim));
      return;
    }
    int const shift = 31 - __clz(kv_.page_tokens);
    int const page = lane / Shape::kPanels;
    if (page >= plan::kBlockTokens >> shift) return;
    std::int32_t const place_in_pool = __ldg(kv_.page_table + first_ + (token >> shift) + page);
    ptx::copy_box_3d(place + static_cast<std::uint32_t>((page << shift) * 128), map, barrier,
                     panel * 64, place_in_pool << shift, 0);
  }

  KvParams const& kv_;
  std::int32_t kv_len_;
  bool mapped_;
  std::int64_t first_;  // contiguous: elements before token 0; paged: entries before page 0
};

}  // namespace fluxscope::kernels::wgmma

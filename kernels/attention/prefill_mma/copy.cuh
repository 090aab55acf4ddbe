#pragma once
// Global to shared memory, for prefill_mma. Piece p (16 bytes) of row r lies at place p ^ (r % 8)
// of its row: eight rows of one piece, as ldmatrix reads them, lie in different banks.

#include "kernels/attention/pages.cuh"
#include "kernels/attention/prefill_mma/tile.cuh"
#include "kernels/device/ptx.cuh"

namespace fluxscope::kernels::mma {

/// This thread's share of a copy: piece `piece` of rows row, row + kRowsPerStep, ...
template <class Shape>
struct CopyShare {
  static constexpr int kRowsPerStep = Shape::kThreads / Shape::kPieces;
  static_assert(kRowsPerStep % 8 == 0, "row % 8 of a thread is the same in every step");
  static constexpr std::uint32_t kStepBytes = kRowsPerStep * Shape::kRowBytes;

  // The thread number is opaque, so that nothing of this is held in registers between copies.
  __device__ __forceinline__ CopyShare()
      : thread_(static_cast<int>(ptx::opaque(threadIdx.x))),
        row(thread_ / Shape::kPieces),
        column(thread_ % Shape::kPieces * 8),
        place(static_cast<std::uint32_t>(row * Shape::kRowBytes +
                                         ((thread_ % Shape::kPieces) ^ (row & 7)) * 16)) {}

 private:
  int thread_;

 public:
  int row;
  int column;           // elements
  std::uint32_t place;  // bytes from row 0 of the destination
};

/// Copies kCopyRows rows that lie `row_stride` elements apart, with all threads of the CTA. Rows
/// from valid_rows on become zeros and are not read.
template <class Shape, int kCopyRows>
__device__ __forceinline__ void copy_rows(std::uint32_t shared, __nv_bfloat16 const* first_row,
                                          std::uint32_t row_stride, int valid_rows) {
  using Share = CopyShare<Shape>;
  Share const share;
  std::uint32_t const stride = ptx::opaque(row_stride);
  __nv_bfloat16 const* source =
      first_row + static_cast<std::uint64_t>(stride) * static_cast<std::uint32_t>(share.row) +
      share.column;
#pragma unroll
  for (int step = 0; step < kCopyRows / Share::kRowsPerStep; ++step) {
    ptx::cp_async_16(shared + share.place + step * Share::kStepBytes, source,
                     share.row + step * Share::kRowsPerStep < valid_rows);
    source += static_cast<std::uint64_t>(stride) * Share::kRowsPerStep;
  }
}

__device__ __forceinline__ int page_shift(int page_tokens) {
  return 31 - __clz(static_cast<int>(ptx::opaque(static_cast<std::uint32_t>(page_tokens))));
}

/// The same for a sub-tile that lies in several pages. `pages`: entries of the page table from the
/// head's first on.
template <class Shape>
__device__ __forceinline__ void copy_paged_rows(std::uint32_t shared, __nv_bfloat16 const* matrix,
                                                std::int32_t const* pages, int page_tokens,
                                                int token, int valid_rows) {
  using Share = CopyShare<Shape>;
  Share const share;
  int const shift = page_shift(page_tokens);
#pragma unroll
  for (int step = 0; step < Shape::kSubTokens / Share::kRowsPerStep; ++step) {
    int const row = share.row + step * Share::kRowsPerStep;
    std::int64_t source = 0;
    if (row < valid_rows) {
      source = paged_row(pages, shift, token + row) * Shape::kHeadDim + share.column;
    }
    ptx::cp_async_16(shared + share.place + step * Share::kStepBytes, matrix + source,
                     row < valid_rows);
  }
}

/// Starts the copy of the sub-tile at `token` of `matrix` (kv.k or kv.v).
template <class Shape>
__device__ __forceinline__ void copy_sub_tile(std::uint32_t shared, __nv_bfloat16 const* matrix,
                                              KvParams const& kv, PrefillTile const& current,
                                              int token) {
  int const valid_rows = current.sequence.kv_len - token;
  std::int64_t first_row = 0;  // elements
  std::uint32_t stride = Shape::kHeadDim;
  if (kv.page_table == nullptr) {
    stride = static_cast<std::uint32_t>(kv.token_stride);
    first_row = current.kv_begin + static_cast<std::int64_t>(token) * stride;
  } else {
    std::int32_t const* const pages = kv.page_table + current.kv_begin;
    if (kv.page_tokens < Shape::kSubTokens) {
      copy_paged_rows<Shape>(shared, matrix, pages, kv.page_tokens, token, valid_rows);
      return;
    }
    first_row = paged_row(pages, page_shift(kv.page_tokens), token) * Shape::kHeadDim;
  }
  copy_rows<Shape, Shape::kSubTokens>(shared, matrix + first_row, stride, valid_rows);
}

}  // namespace fluxscope::kernels::mma

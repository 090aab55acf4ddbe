#pragma once
// decode_split, memory side: where the chunks of a tile lie and how they come into shared memory.

#include "kernels/attention/pages.cuh"
#include "kernels/attention/params.hpp"
#include "kernels/device/ptx.cuh"
#include "kernels/device/tile_walk.cuh"

namespace fluxscope::kernels::decode {

inline constexpr int kChunkTokens = 16;

/// Shared memory of a CTA: a ring per warp (kStages K slots, then kStages V slots), then the
/// queries. After the main loop each ring holds its warp's o for the merge.
template <int kHeadDim, int kStages, int kWarps>
struct DecodeShape {
  static constexpr int kRowBytes = kHeadDim * 2;
  static constexpr int kMatrixBytes = kChunkTokens * kRowBytes;
  static constexpr int kRingBytes = kStages * 2 * kMatrixBytes;  // per warp
  static constexpr int kQueryBytes = kDecodeSlotRows * kRowBytes;
  static constexpr int kSmemBytes = kWarps * kRingBytes + kQueryBytes;
  static constexpr std::uint32_t kValues = kStages * kMatrixBytes;  // offset of the V slots
  static constexpr int kMergeStride = kHeadDim + 8;  // floats; the pad spreads rows over banks
  static constexpr int kChunksPerBlock = plan::kBlockTokens / kChunkTokens / kWarps;  // of a warp
  static_assert(kDecodeSlotRows * kMergeStride * 4 <= kRingBytes, "the merge reuses the ring");
};

/// Where the chunks of a tile lie. All lanes of a warp hold the same values.
template <int kHeadDim, int kWarps>
class ChunkSource {
 public:
  __device__ __forceinline__ ChunkSource(AttentionParams const& params, plan::Tile const& tile,
                                         SequenceParams const& sequence, int warp)
      : blocks_(tile, params.work.block_list),
        kv_len_(sequence.kv_len),
        warp_(warp),
        page_shift_(0),
        pages_(nullptr),
        head_offset_(sequence.kv_offset + tile.head * sequence.kv_head_stride),
        row_stride_(static_cast<int>(params.kv.token_stride)) {
    if (params.kv.page_table != nullptr) {
      page_shift_ = 31 - __clz(params.kv.page_tokens);
      pages_ = params.kv.page_table +
               (std::int64_t{tile.seq} * params.kv_heads + tile.head) * params.kv.pages_per_head;
      row_stride_ = kHeadDim;
    }
  }

  [[nodiscard]] __device__ __forceinline__ int chunks() const {
    return blocks_.count() * kChunksPerBlock;
  }
  [[nodiscard]] __device__ __forceinline__ int row_stride() const { return row_stride_; }

  struct Chunk {
    std::int64_t offset = 0;  // elements before the first row
    int copied = 0;           // rows that exist; <= 0: none
    int kept = 0;             // rows that are not masked out; <= 0: none
  };

  __device__ __forceinline__ Chunk operator[](int index) const {
    std::uint32_t const entry = blocks_[index / kChunksPerBlock];
    int const token = first_token(entry, index);
    Chunk chunk;
    chunk.copied = kv_len_ - token;
    chunk.kept = (entry & plan::kMaskedOutBit) != 0 ? 0 : chunk.copied;
    if (chunk.copied > 0) chunk.offset = offset(token);
    return chunk;
  }

  /// Whether one of the first `count` chunks lies in the sequence's last block.
  [[nodiscard]] __device__ __forceinline__ bool reach_last_block(int count) const {
    int const last = min(count, chunks()) - 1;
    if (last < 0) return false;
    std::uint32_t const block = blocks_[last / kChunksPerBlock] & ~plan::kMaskedOutBit;
    return static_cast<int>(block + 1) * plan::kBlockTokens >= kv_len_;  // blocks ascend
  }

  /// Chunk::kept alone, without a look at the page table.
  [[nodiscard]] __device__ __forceinline__ int kept(int index) const {
    std::uint32_t const entry = blocks_[index / kChunksPerBlock];
    return (entry & plan::kMaskedOutBit) != 0 ? 0 : kv_len_ - first_token(entry, index);
  }

 private:
  static constexpr int kChunksPerBlock = plan::kBlockTokens / kChunkTokens / kWarps;

  [[nodiscard]] __device__ __forceinline__ int first_token(std::uint32_t entry, int index) const {
    int const block = static_cast<int>(entry & ~plan::kMaskedOutBit);
    return block * plan::kBlockTokens + ((index % kChunksPerBlock) * kWarps + warp_) * kChunkTokens;
  }

  [[nodiscard]] __device__ __forceinline__ std::int64_t offset(int token) const {
    if (pages_ == nullptr) return head_offset_ + std::int64_t{token} * row_stride_;
    return paged_row(pages_, page_shift_, token) * kHeadDim;
  }

  TileBlocks blocks_;
  std::int32_t kv_len_;
  int warp_;
  int page_shift_;
  std::int32_t const* pages_;  // of this head; null where contiguous
  std::int64_t head_offset_;
  int row_stride_;
};

/// Copies 16 rows to `shared`, zeros beyond `copied`. Piece p (16 bytes) of row r goes to place
/// p ^ (r % 8): eight rows of one piece, as ldmatrix reads them, lie in different banks.
template <int kHeadDim>
__device__ __forceinline__ void copy_chunk(std::uint32_t shared, __nv_bfloat16 const* rows,
                                           int row_stride, int copied, int lane) {
  constexpr int kPieces = kHeadDim / 8;
  constexpr int kRowsPerStep = 32 / kPieces;
  int const piece = lane % kPieces;
  int const first_row = lane / kPieces;
  __nv_bfloat16 const* source = rows + first_row * row_stride + piece * 8;
#pragma unroll
  for (int row = first_row, i = 0; i < kChunkTokens / kRowsPerStep; ++i, row += kRowsPerStep) {
    ptx::cp_async_16_once(
        shared + static_cast<std::uint32_t>(row * kHeadDim * 2 + ((piece ^ (row & 7)) * 16)),
        source, row < copied);
    source += kRowsPerStep * row_stride;
  }
}

/// Copies the group's query rows to `shared`, in the layout of copy_chunk; zeros beyond the group.
/// All threads of the CTA take part.
template <int kHeadDim, int kThreads>
__device__ __forceinline__ void load_queries(unsigned char* shared, __nv_bfloat16 const* rows,
                                             int group) {
  constexpr int kPieces = kHeadDim / 8;
  for (int item = static_cast<int>(threadIdx.x); item < kDecodeSlotRows * kPieces;
       item += kThreads) {
    int const row = item / kPieces;
    int const piece = item % kPieces;
    // No __ldg: the grid ahead may write the queries while this one already runs.
    uint4 const value = row < group ? reinterpret_cast<uint4 const*>(rows + row * kHeadDim)[piece]
                                    : make_uint4(0, 0, 0, 0);
    *reinterpret_cast<uint4*>(shared + row * kHeadDim * 2 + (piece ^ (row & 7)) * 16) = value;
  }
}

}  // namespace fluxscope::kernels::decode

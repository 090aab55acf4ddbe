#pragma once
// How rows are dealt to CTAs where no number of a row depends on the whole row.

#include <cstdint>

namespace fluxscope::kernels {

inline constexpr int kChunkThreads = 256;
inline constexpr int kChunkLoads = 2;  ///< pieces of 16 bytes of each thread
inline constexpr int kChunkPieces = kChunkThreads * kChunkLoads;

/// CTAs that a row of so many pieces of 16 bytes takes.
__host__ __device__ constexpr std::int32_t chunks_of(std::int32_t row_pieces) {
  return (row_pieces + kChunkPieces - 1) / kChunkPieces;
}

/// This CTA's part of a row; this thread's pieces are `first` and, kChunkThreads apart, the next.
struct RowChunk {
  std::int64_t row;
  std::int32_t first;

  __device__ __forceinline__ explicit RowChunk(std::int32_t row_pieces) {
    auto const chunks = static_cast<unsigned>(chunks_of(row_pieces));
    row = blockIdx.x / chunks;
    first = static_cast<std::int32_t>(blockIdx.x % chunks * kChunkPieces + threadIdx.x);
  }
  [[nodiscard]] __device__ __forceinline__ std::int32_t piece(int i) const {
    return first + i * kChunkThreads;
  }
};

}  // namespace fluxscope::kernels

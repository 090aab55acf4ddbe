#pragma once
// How a CTA walks the WorkList, the same for every kernel and scheduler.

#include "kernels/device/tile_table.hpp"

namespace fluxscope::kernels {

/// The tiles of this CTA, one after the other. All threads hold the same state.
///
///   for (TileWalk walk(work); walk.valid();) {
///     ...
///     walk.request_next(&next);   // thread 0, when the tile is nearly done; `next` is shared
///     __syncthreads();
///     ...
///     walk.advance(next);
///     __syncthreads();            // `next` may be written again
///   }
class TileWalk {
 public:
  template <class Tile>
  __device__ __forceinline__ explicit TileWalk(TileTableOf<Tile> const& work)
      : queue_(work.queue), index_(blockIdx.x), end_(work.tile_count), step_(gridDim.x) {
    if (work.cta_begin != nullptr) {
      index_ = work.cta_begin[blockIdx.x];
      end_ = work.cta_begin[blockIdx.x + 1];
      step_ = 1;
    } else if (work.device_tile_count != nullptr) {
      end_ = *work.device_tile_count;
    }
  }

  /// Goes on at tile `index`.
  template <class Tile>
  __device__ __forceinline__ TileWalk(TileTableOf<Tile> const& work, std::int32_t index)
      : TileWalk(work) {
    index_ = index;
  }

  [[nodiscard]] __device__ __forceinline__ bool valid() const { return index_ < end_; }
  [[nodiscard]] __device__ __forceinline__ std::int32_t index() const { return index_; }

  /// Takes the next queue entry. The first entries belong to the CTAs themselves, so the queue
  /// counts from gridDim.x on. Every tile of the launch is followed by one request, so the counter
  /// that wraps after as many requests as there are tiles is 0 again when the launch ends.
  __device__ __forceinline__ void request_next(std::int32_t* next) const {
    if (queue_ == nullptr) return;
    *next = static_cast<std::int32_t>(gridDim.x +
                                      atomicInc(queue_, static_cast<std::uint32_t>(end_) - 1u));
  }

  __device__ __forceinline__ void advance(std::int32_t const& next) {
    index_ = queue_ != nullptr ? next : index_ + step_;
  }

 private:
  std::uint32_t* queue_;
  std::int32_t index_;
  std::int32_t end_;
  std::int32_t step_;
};

/// The tile that follows `index` in the CTA's walk, -1 after the last: request_next() and advance()
/// in one, by one thread. For kernels that have no register for a walk in their main loop.
template <class Tile>
__device__ __forceinline__ std::int32_t tile_after(TileTableOf<Tile> const& work,
                                                   std::int32_t index) {
  TileTableOf<Tile> const* table = &work;
#if __CUDA_ARCH__ < 900
  asm volatile("" : "+l"(table));  // else ptxas reads the table before the loop and spills
#endif
  TileWalk walk(*table, index);
  std::int32_t turn = 0;
  walk.request_next(&turn);
  walk.advance(turn);
  return walk.valid() ? walk.index() : -1;
}

/// The KV blocks of a tile by ordinal, as block index | kMaskedOutBit.
class TileBlocks {
 public:
  __device__ __forceinline__ TileBlocks(plan::Tile const& tile, std::uint32_t const* block_list)
      : list_(tile.kind == plan::TileKind::list ? block_list + tile.kv_begin : nullptr),
        sink_begin_(tile.sink_begin),
        sink_count_(tile.sink_count),
        kv_begin_(tile.kv_begin),
        count_(tile.sink_count + tile.kv_count) {}

  [[nodiscard]] __device__ __forceinline__ std::int32_t count() const { return count_; }

  [[nodiscard]] __device__ __forceinline__ std::uint32_t operator[](std::int32_t ordinal) const {
    if (list_ != nullptr) return __ldg(list_ + ordinal);
    return static_cast<std::uint32_t>(ordinal < sink_count_ ? sink_begin_ + ordinal
                                                            : kv_begin_ + ordinal - sink_count_);
  }

 private:
  std::uint32_t const* list_;
  std::int32_t sink_begin_;
  std::int32_t sink_count_;
  std::int32_t kv_begin_;
  std::int32_t count_;
};

}  // namespace fluxscope::kernels

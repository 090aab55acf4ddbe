#pragma once
// The producer warp of prefill_wgmma: takes tiles and keeps the rings of Q, K and V full.

#include "kernels/attention/prefill_wgmma/copy.cuh"
#include "kernels/device/tile_walk.cuh"

namespace fluxscope::kernels::wgmma {

/// The next tile of the CTA, found in steps, each of which waits for what the one before asked for:
/// a turn in the queue, the tile, its sequence, its first block. Taken one at a time between the
/// copies of the present tile, none of them is waited for long.
class NextTile {
 public:
  static constexpr int kSteps = 4;

  __device__ __forceinline__ explicit NextTile(AttentionParams const& params)
      : params_(params), walk_(params.work) {
    read_tile();
    read_sequence();
    read_block();
  }

  [[nodiscard]] __device__ __forceinline__ bool valid() const { return walk_.valid(); }
  [[nodiscard]] __device__ __forceinline__ int index() const { return walk_.index(); }
  [[nodiscard]] __device__ __forceinline__ plan::Tile const& tile() const { return tile_; }
  [[nodiscard]] __device__ __forceinline__ SequenceParams const& sequence() const {
    return sequence_;
  }
  /// 0 where there is none.
  [[nodiscard]] __device__ __forceinline__ std::uint32_t first_block() const { return block_; }

  /// By a whole warp.
  __device__ __forceinline__ void step(int number) {
    if (number == 0) {
      turn_ = 0;
      if (threadIdx.x % 32 == 0) walk_.request_next(&turn_);
    } else if (number == 1) {
      walk_.advance(__shfl_sync(0xffffffffu, turn_, 0));
      read_tile();
    } else if (number == 2) {
      read_sequence();
    } else {
      read_block();
    }
  }

 private:
  __device__ __forceinline__ void read_tile() {
    if (valid()) tile_ = params_.work.tiles[walk_.index()];
  }
  __device__ __forceinline__ void read_sequence() {
    if (valid()) sequence_ = params_.sequences[tile_.seq];
  }
  __device__ __forceinline__ void read_block() {
    TileBlocks const blocks(tile_, params_.work.block_list);
    block_ = valid() && blocks.count() > 0 ? blocks[0] : 0;
  }

  AttentionParams const& params_;
  TileWalk walk_;
  std::int32_t turn_ = 0;
  plan::Tile tile_;
  SequenceParams sequence_;
  std::uint32_t block_ = 0;
};

__device__ __forceinline__ TileHeader make_header(NextTile const& next, int rows_per_block,
                                                  int block_count) {
  int const first_row = next.tile().q_block * rows_per_block;
  SequenceParams const& sequence = next.sequence();
  TileHeader header;
  header.first_row = sequence.q_row_begin + first_row;
  header.index = next.index();
  header.block_count = block_count;
  header.first_position = sequence.kv_len - sequence.q_len + first_row;
  header.row_count = min(rows_per_block, sequence.q_len - first_row);
  header.head = next.tile().head;
  header.partial_slot = next.tile().num_splits == 1 ? -1 : next.tile().partial_slot;
  return header;
}

template <class Shape>
class Producer {
 public:
  __device__ __forceinline__ Producer(AttentionParams const& params, PrefillMaps const& maps,
                                      Smem<Shape> const& smem)
      : params_(params), maps_(maps), smem_(smem), lane_(static_cast<int>(threadIdx.x) % 32) {}

  /// All tiles of this CTA, and the header that ends them. By a whole warp.
  __device__ __forceinline__ void run() {
    for (NextTile next(params_);; tiles_.advance()) {
      ptx::mbarrier_wait(smem_.tile_empty(tiles_.stage), tiles_.parity ^ 1u);
      if (!next.valid()) break;
      copy_tile(next);
    }
    if (lane_ == 0) {
      smem_.header(tiles_.stage).index = -1;
      ptx::mbarrier_arrive(smem_.tile_full(tiles_.stage));
    }
    ptx::other_lanes_arrive(smem_.tile_full(tiles_.stage), lane_);
  }

 private:
  /// Copies the tile, and makes `next` the one after it.
  __device__ __forceinline__ void copy_tile(NextTile& next) {
    TileBlocks const blocks(next.tile(), params_.work.block_list);
    TileHeader const header = make_header(next, Shape::kRows, blocks.count());
    if (lane_ == 0) smem_.header(tiles_.stage) = header;
    int const kv_head = header.head / (params_.q_heads / params_.kv_heads);
    KvBlocks<Shape> const kv(params_.kv, next.sequence(),
                             next.tile().seq * params_.kv_heads + kv_head, kv_head);
    std::uint32_t present = next.first_block();
    std::uint32_t previous = present;
    int step = 0;
    for (int i = 0; i < blocks.count(); ++i) {
      std::uint32_t const following = i + 1 < blocks.count() ? blocks[i + 1] : present;
      copy_keys(kv, present);
      if (i == 0) {
        copy_queries<Shape>(params_, maps_.q, header, smem_.queries(tiles_.stage),
                            smem_.tile_full(tiles_.stage));
      } else {
        copy_values(kv, previous);
      }
      // One step per copied block, so that the last is done with the last block.
      if (blocks.count() - i <= NextTile::kSteps) next.step(step++);
      previous = present;
      present = following;
    }
    if (blocks.count() > 0) {
      copy_values(kv, previous);
    } else {
      if (lane_ == 0) ptx::mbarrier_arrive(smem_.tile_full(tiles_.stage));
      ptx::other_lanes_arrive(smem_.tile_full(tiles_.stage), lane_);
    }
    while (step < NextTile::kSteps) next.step(step++);
  }

  __device__ __forceinline__ void copy_keys(KvBlocks<Shape> const& kv, std::uint32_t block) {
    ptx::mbarrier_wait(smem_.keys_empty(keys_.stage), keys_.parity ^ 1u);
    if (lane_ == 0) smem_.block(keys_.stage) = block;
    kv.copy(smem_.keys(keys_.stage), smem_.keys_full(keys_.stage), maps_.k, params_.kv.k,
            static_cast<int>(block & ~plan::kMaskedOutBit));
    keys_.advance();
  }

  __device__ __forceinline__ void copy_values(KvBlocks<Shape> const& kv, std::uint32_t block) {
    ptx::mbarrier_wait(smem_.values_empty(values_.stage), values_.parity ^ 1u);
    kv.copy(smem_.values(values_.stage), smem_.values_full(values_.stage), maps_.v, params_.kv.v,
            static_cast<int>(block & ~plan::kMaskedOutBit));
    values_.advance();
  }

  AttentionParams const& params_;
  PrefillMaps const& maps_;
  Smem<Shape> const& smem_;
  int lane_;
  Ring<Shape::kTileStages> tiles_;
  Ring<Shape::kStages> keys_;
  Ring<Shape::kStages> values_;
};

}  // namespace fluxscope::kernels::wgmma

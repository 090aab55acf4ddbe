#pragma once
// The stable counting sort of plan_gpu. Keys ascend where visited blocks descend.

#include "kernels/routing/plan_gpu/rows.cuh"

namespace fluxscope::kernels {

/// One CTA's part: count() for each of its chunks; a grid-wide barrier; sum_counts() for each of
/// its (section, slice of keys); a barrier; place() for each of its chunks.
class PlanSort {
 public:
  /// `smem`: space.sort_bytes().
  __device__ __forceinline__ PlanSort(PlanSpace const& space, PlanRows const& rows, void* workspace,
                                      unsigned char* smem)
      : rows_(rows), keys_(space.keys()), smem_(smem) {
    auto* const bytes = static_cast<unsigned char*>(workspace);
    tiles_ = reinterpret_cast<uint4*>(bytes);
    counts_ = reinterpret_cast<std::uint32_t*>(bytes + space.counts_offset());
    totals_ = reinterpret_cast<std::uint32_t*>(bytes + space.totals_offset());
  }

  /// Makes the chunk's tiles and counts them by key. True where this thread's row has no key or no
  /// place in a tile.
  __device__ __forceinline__ bool count(PlanChunk const& chunk, PlanGpuParams const& params) const {
    std::int32_t const row = row_of(chunk);
    bool const exists = row < chunk.row_end;
    plan::Tile tile;
    std::int32_t key = -1;
    bool bad = false;
    if (exists) {
      tile = rows_.tile(row);
      key = params.kv_blocks - plan::visited_blocks(tile);
      bad = key < 0 || key > params.kv_blocks || !rows_.addressable(row);
      key = min(max(0, key), params.kv_blocks);
    }
    clear();
    std::uint32_t rank = rank_in_warp(key);
    __syncthreads();
    if (exists) {
      for (int w = 0; w < warp(); ++w) rank += warp_counts(w)[key];
      // An unsplit tile's partial_slot is known: until place() it holds key and rank.
      tile.partial_slot =
          static_cast<std::int32_t>(static_cast<std::uint32_t>(key) * kPlanChunkRows + rank);
      store(tiles_ + 2 * std::int64_t{row}, tile);
    }
    store_counts(chunk.index);
    __syncthreads();
    return bad;
  }

  /// counts[chunk][key] -> rows of that key in the section's earlier chunks; totals[section][key].
  __device__ __forceinline__ void sum_counts(int section, int slice) const {
    __shared__ uint2 partial[kPlanWarps][32];
    int const lane = static_cast<int>(threadIdx.x) % 32;
    int const key = slice * kPlanSliceKeys + 2 * lane;
    std::int32_t const first = rows_.section_chunk(section);
    std::int32_t const last = rows_.section_chunk(section + 1);
    std::int32_t const share = (last - first + kPlanWarps - 1) / kPlanWarps;
    std::int32_t const begin = first + warp() * share;
    std::int32_t const end = key < keys_ ? min(begin + share, last) : begin;
    uint2 held[kHeld];
    uint2 sum{};
    for (std::int32_t chunk = begin; chunk < end; chunk += kHeld) {
      load_counts(held, chunk, end, key);
#pragma unroll
      for (int i = 0; i < kHeld; ++i) add(sum, held[i]);
    }
    partial[warp()][lane] = sum;
    __syncthreads();
    uint2 before{};
    uint2 total{};
#pragma unroll
    for (int w = 0; w < kPlanWarps; ++w) {
      if (w == warp()) before = total;
      add(total, partial[w][lane]);
    }
    __syncthreads();
    for (std::int32_t chunk = begin; chunk < end; chunk += kHeld) {
      if (share > kHeld) load_counts(held, chunk, end, key);
#pragma unroll
      for (int i = 0; i < kHeld; ++i) {
        if (chunk + i < end) *pair(counts_, chunk + i, key) = before;
        add(before, held[i]);
      }
    }
    if (warp() == 0 && key < keys_) *pair(totals_, section, key) = total;
  }

  /// Moves the chunk's tiles to their places.
  __device__ __forceinline__ void place(PlanChunk const& chunk, PlanGpuParams const& params) const {
    std::int32_t const row = row_of(chunk);
    bool const exists = row < chunk.row_end;
    uint4 halves[2];
    std::uint32_t key = 0;
    std::uint32_t offset = 0;  // among the section's rows of the key
    if (exists) {
      halves[0] = __ldcg(tiles_ + 2 * std::int64_t{row});
      halves[1] = __ldcg(tiles_ + 2 * std::int64_t{row} + 1);
      key = halves[1].w / kPlanChunkRows;
      offset =
          halves[1].w % kPlanChunkRows + __ldcg(counts_ + std::int64_t{chunk.index} * keys_ + key);
      halves[1].w = ~0u;  // partial_slot -1
    }
    auto* const first = reinterpret_cast<std::uint32_t*>(smem_);  // [keys]: place of the first row
    fill_first(chunk.section, first);
    __syncthreads();
    if (exists) {
      auto* const to = reinterpret_cast<uint4*>(params.tiles + first[key] + offset);
      to[0] = halves[0];
      to[1] = halves[1];
    }
    __syncthreads();
  }

 private:
  static constexpr int kHeld = 8;  // chunks whose counts a thread holds in registers
  static_assert(offsetof(plan::Tile, partial_slot) == 28, "the last word of the second half");

  __device__ __forceinline__ static int warp() { return static_cast<int>(threadIdx.x) / 32; }

  __device__ __forceinline__ static std::int32_t row_of(PlanChunk const& chunk) {
    return chunk.row_begin + static_cast<int>(threadIdx.x);
  }

  [[nodiscard]] __device__ __forceinline__ unsigned char* warp_counts(int w) const {
    return smem_ + w * keys_;
  }

  __device__ __forceinline__ void clear() const {
    auto* const pieces = reinterpret_cast<uint4*>(smem_);
    for (int i = static_cast<int>(threadIdx.x); i < kPlanWarps * keys_ / 16; i += kPlanThreads) {
      pieces[i] = uint4{};
    }
    __syncthreads();
  }

  /// Rows of this warp with the same key before this one; counts them all. key -1: no row.
  [[nodiscard]] __device__ __forceinline__ std::uint32_t rank_in_warp(std::int32_t key) const {
    unsigned const equal = __match_any_sync(0xffffffffu, key);
    unsigned const before = equal & ((1u << threadIdx.x % 32) - 1u);
    if (key >= 0 && before == 0) {
      warp_counts(warp())[key] = static_cast<unsigned char>(__popc(equal));
    }
    return static_cast<std::uint32_t>(__popc(before));
  }

  /// The chunk's counts of all warps -> counts [chunk][keys].
  __device__ __forceinline__ void store_counts(std::int32_t chunk) const {
    auto* const row = reinterpret_cast<uint4*>(counts_ + std::int64_t{chunk} * keys_);
    for (int quad = static_cast<int>(threadIdx.x); quad < keys_ / 4; quad += kPlanThreads) {
      std::uint32_t even = 0;  // keys 0 and 2 of the four
      std::uint32_t odd = 0;   // keys 1 and 3
#pragma unroll
      for (int w = 0; w < kPlanWarps; ++w) {
        std::uint32_t const four = reinterpret_cast<std::uint32_t const*>(warp_counts(w))[quad];
        even += four & 0x00ff00ffu;
        odd += four >> 8 & 0x00ff00ffu;
      }
      row[quad] = {even & 0xffffu, odd & 0xffffu, even >> 16, odd >> 16};
    }
  }

  [[nodiscard]] __device__ __forceinline__ uint2* pair(std::uint32_t* table, std::int32_t row,
                                                       int key) const {
    return reinterpret_cast<uint2*>(table + std::int64_t{row} * keys_ + key);
  }

  __device__ __forceinline__ static void add(uint2& sum, uint2 value) {
    sum.x += value.x;
    sum.y += value.y;
  }

  /// Counts of two keys in chunks [chunk, end), at most kHeld; the others are 0.
  __device__ __forceinline__ void load_counts(uint2 (&held)[kHeld], std::int32_t chunk,
                                              std::int32_t end, int key) const {
    uint2 const* const from = pair(counts_, chunk, key);
#pragma unroll
    for (int i = 0; i < kHeld; ++i) {
      held[i] = chunk + i < end ? __ldcg(from + std::int64_t{i} * (keys_ / 2)) : uint2{};
    }
  }

  /// first[key] = the section's first row plus its rows of smaller keys.
  __device__ __forceinline__ void fill_first(int section, std::uint32_t* first) const {
    auto const* const totals =
        reinterpret_cast<uint4 const*>(totals_ + std::int64_t{section} * keys_);
    auto next = static_cast<std::uint32_t>(rows_.section_row(section));
    for (int quad = 0; quad < keys_ / 4; quad += kPlanThreads) {
      int const own = quad + static_cast<int>(threadIdx.x);
      uint4 const four = own < keys_ / 4 ? __ldcg(totals + own) : uint4{};
      PlanScan const scan =
          scan_threads(static_cast<std::int32_t>(four.x + four.y + four.z + four.w));
      std::uint32_t const before = next + static_cast<std::uint32_t>(scan.before);
      if (own < keys_ / 4) {
        reinterpret_cast<uint4*>(first)[own] = {before, before + four.x, before + four.x + four.y,
                                                before + four.x + four.y + four.z};
      }
      next += static_cast<std::uint32_t>(scan.total);
    }
  }

  __device__ __forceinline__ static void store(uint4* to, plan::Tile const& tile) {
    uint4 halves[2];
    static_assert(sizeof(halves) == sizeof(tile));
    memcpy(halves, &tile, sizeof(tile));
    to[0] = halves[0];
    to[1] = halves[1];
  }

  PlanRows const& rows_;
  int keys_;
  unsigned char* smem_;    // counts of the warps [kPlanWarps, keys], then first places [keys]
  uint4* tiles_;           // [tile_capacity, 2]: tiles by row
  std::uint32_t* counts_;  // [chunks, keys]
  std::uint32_t* totals_;  // [sections, keys]
};

}  // namespace fluxscope::kernels

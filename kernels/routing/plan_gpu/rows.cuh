#pragma once
// The rows of a layer, (seq, q_head, q_block) with q_block fastest, and their division into chunks
// that stay inside a KV section.

#include "kernels/routing/plan_gpu/space.hpp"

namespace fluxscope::kernels {

inline constexpr int kPlanThreads = kPlanWarps * 32;

/// Sum of `value` over the threads before this one, and over all of them.
struct PlanScan {
  std::int32_t before;
  std::int32_t total;
};

__device__ __forceinline__ PlanScan scan_threads(std::int32_t value) {
  __shared__ std::int32_t warp_sums[kPlanWarps];
  int const lane = static_cast<int>(threadIdx.x) % 32;
  int const warp = static_cast<int>(threadIdx.x) / 32;
  std::int32_t upto = value;
#pragma unroll
  for (int lanes = 1; lanes < 32; lanes *= 2) {
    std::int32_t const other = __shfl_up_sync(0xffffffffu, upto, lanes);
    if (lane >= lanes) upto += other;
  }
  if (lane == 31) warp_sums[warp] = upto;
  __syncthreads();
  PlanScan scan{upto - value, 0};
#pragma unroll
  for (int w = 0; w < kPlanWarps; ++w) {
    if (w < warp) scan.before += warp_sums[w];
    scan.total += warp_sums[w];
  }
  __syncthreads();
  return scan;
}

/// begin[i] = sum of size_of(j) for j < i, i in [0, count].
template <class Size>
__device__ __forceinline__ void begins_of(std::int32_t* begin, int count, Size const& size_of) {
  std::int32_t before = 0;
  for (int first = 0; first < count; first += kPlanThreads) {
    int const i = first + static_cast<int>(threadIdx.x);
    PlanScan const scan = scan_threads(i < count ? size_of(i) : 0);
    if (i < count) begin[i] = before + scan.before;
    before += scan.total;
  }
  if (threadIdx.x == 0) begin[count] = before;
  __syncthreads();
}

/// The item of [0, count) that `place` lies in: the last whose begin is not above it.
__device__ __forceinline__ int item_at(std::int32_t const* begin, int count, std::int32_t place) {
  int low = 0;
  for (int high = count; high - low > 1;) {
    int const middle = (low + high) / 2;
    if (begin[middle] <= place) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

/// Rows [row_begin, row_end) of a section.
struct PlanChunk {
  std::int32_t index;
  std::int32_t section;
  std::int32_t row_begin;
  std::int32_t row_end;
};

class PlanRows {
 public:
  /// Fills `tables` [batch + 1 + 2 (sections + 1)] in shared memory.
  __device__ __forceinline__ PlanRows(PlanGpuParams const& params, std::int32_t* tables)
      : params_(params),
        row_begin_(tables),
        section_row_(row_begin_ + params.batch + 1),
        chunk_begin_(section_row_ + params.sections + 1) {
    for (int i = static_cast<int>(threadIdx.x); i < params.sections; i += kPlanThreads) {
      section_row_[i] = params.section_begin != nullptr ? params.section_begin[i] : 0;
    }
    bool wrong = false;
    begins_of(row_begin_, params.batch, [&](int seq) {
      wrong |= !is_valid(params.sequences[seq]);
      return params.q_heads * plan::blocks_of(params.sequences[seq].q_len);
    });
    wrong = __syncthreads_or(wrong) != 0;
    // An end before the beginning: see chunks_of.
    if (threadIdx.x == 0) section_row_[params.sections] = wrong ? -1 : count();
    __syncthreads();
    begins_of(chunk_begin_, params.sections, [&](int section) { return chunks_of(section); });
  }

  [[nodiscard]] __device__ __forceinline__ std::int32_t count() const {
    return row_begin_[params_.batch];
  }
  [[nodiscard]] __device__ __forceinline__ std::int32_t chunks() const {
    return chunk_begin_[params_.sections];
  }

  [[nodiscard]] __device__ __forceinline__ std::int32_t section_row(int section) const {
    return section_row_[section];
  }
  [[nodiscard]] __device__ __forceinline__ std::int32_t section_chunk(int section) const {
    return chunk_begin_[section];
  }

  [[nodiscard]] __device__ __forceinline__ PlanChunk chunk(int index) const {
    int const section = item_at(chunk_begin_, params_.sections, index);
    std::int32_t const row =
        section_row_[section] + (index - chunk_begin_[section]) * kPlanChunkRows;
    return {index, section, row, min(row + kPlanChunkRows, section_row_[section + 1])};
  }

  /// False where the row's list begins beyond what a tile can name.
  [[nodiscard]] __device__ __forceinline__ bool addressable(std::int32_t row) const {
    return params_.sparse.kind != plan::SelectionKind::blocks ||
           params_.lists.row_begin[row] <= INT32_MAX;
  }

  [[nodiscard]] __device__ __forceinline__ plan::Tile tile(std::int32_t row) const {
    int const seq = item_at(row_begin_, params_.batch, row);
    SequenceParams const& sequence = params_.sequences[seq];
    std::int32_t const in_sequence = row - row_begin_[seq];
    std::int32_t const q_blocks = plan::blocks_of(sequence.q_len);
    std::int32_t const head = in_sequence / q_blocks;
    std::int32_t const q_block = in_sequence % q_blocks;
    bool const full = is_full(seq, head);
    if (!full && params_.sparse.kind == plan::SelectionKind::blocks) {
      return plan::list_tile(seq, head, q_block,
                             static_cast<std::int32_t>(params_.lists.row_begin[row]),
                             params_.lists.row_count[row]);
    }
    return plan::range_tile(seq, head, q_block,
                            plan::range_rule(full ? plan::Selection{} : params_.sparse,
                                             sequence.q_len, sequence.kv_len, q_block));
  }

 private:
  [[nodiscard]] __device__ __forceinline__ bool is_valid(SequenceParams const& sequence) const {
    return sequence.q_len >= 0 && sequence.q_len <= sequence.kv_len &&
           plan::blocks_of(sequence.kv_len) <= params_.kv_blocks;
  }

  /// More than the workspace holds where the first rows do not ascend from 0: the launch then makes
  /// no table.
  [[nodiscard]] __device__ __forceinline__ std::int32_t chunks_of(int section) const {
    std::int32_t const begin = section_row_[section];
    std::int32_t const end = section_row_[section + 1];
    if (end < begin || (section == 0 && begin != 0)) {
      return params_.tile_capacity / kPlanChunkRows + params_.sections + 1;
    }
    return (end - begin + kPlanChunkRows - 1) / kPlanChunkRows;
  }

  [[nodiscard]] __device__ __forceinline__ bool is_full(int seq, int head) const {
    if (params_.gate != nullptr && params_.gate[seq] == 1) return true;
    if (params_.full_heads == nullptr) return false;
    std::int64_t const first =
        params_.full_heads_per_sequence ? std::int64_t{seq} * params_.q_heads : 0;
    return params_.full_heads[first + head] == 1;
  }

  PlanGpuParams const& params_;
  std::int32_t* row_begin_;    // [batch + 1]
  std::int32_t* section_row_;  // [sections + 1]
  std::int32_t* chunk_begin_;  // [sections + 1]
};

}  // namespace fluxscope::kernels

#pragma once
// The arithmetic of combine: partial rows in, one merged row out. Each warp merges its own partials
// under their own maximum, so it waits for memory once (per eight); the warps that share a row
// leave their parts in shared memory for one of them to add.

#include <cmath>
#include <cstdint>
#include <type_traits>

namespace fluxscope::kernels::merge {

inline constexpr int kCombineWarps = 16;
inline constexpr int kCombineLoads = 8;  // partial rows in flight per lane

/// weight = sum of exp(lse - max), o = sum of exp(lse - max) o over the partials merged so far.
/// A lane holds kColumns columns.
template <int kColumns>
struct MergedRow {
  float max = -INFINITY;  // of the lse; -inf: every partial was empty
  float weight = 0;
  float o[kColumns] = {};

  /// What lse is to be compared with.
  [[nodiscard]] __device__ __forceinline__ float shift() const {
    return max == -INFINITY ? 0.0f : max;
  }

  __device__ __forceinline__ void raise_max(float new_max) {
    float const old_max = max;
    max = new_max;
    float const factor = expf(old_max - shift());
    weight *= factor;
#pragma unroll
    for (int c = 0; c < kColumns; ++c) o[c] *= factor;
  }
};

/// One row's partials over the splits part, part + parts, ...: this lane's kColumns columns.
struct PartialRow {
  float const* o;          // of split 0, this lane's first column
  float const* lse;        // of split 0
  std::int64_t slot_rows;  // rows between splits
  std::int64_t row_size;   // head_dim
  int count;               // splits of the row
  int parts;
};

/// kCombineLoads partial rows in registers.
template <int kColumns>
struct PartialBatch {
  using Columns = std::conditional_t<kColumns == 4, float4, float2>;
  static_assert(sizeof(Columns) == kColumns * sizeof(float));
  alignas(16) float value[kCombineLoads][kColumns];
  float lse[kCombineLoads];

  __device__ __forceinline__ void load(PartialRow const& row, int first) {
#pragma unroll
    for (int i = 0; i < kCombineLoads; ++i) {
      int const split = first + i * row.parts;
      bool const inside = split < row.count;
      lse[i] = inside ? row.lse[split * row.slot_rows] : -INFINITY;
      *reinterpret_cast<Columns*>(value[i]) =
          inside ? *reinterpret_cast<Columns const*>(row.o + split * row.slot_rows * row.row_size)
                 : Columns{};
    }
  }

  /// An empty partial weighs nothing, whatever its o holds.
  __device__ __forceinline__ void add_to(MergedRow<kColumns>& row) const {
    float max = row.max;
#pragma unroll
    for (int i = 0; i < kCombineLoads; ++i) max = fmaxf(max, lse[i]);
    row.raise_max(max);
#pragma unroll
    for (int i = 0; i < kCombineLoads; ++i) {
      bool const empty = lse[i] == -INFINITY;
      float const weight = expf(lse[i] - row.shift());
      row.weight += weight;
#pragma unroll
      for (int c = 0; c < kColumns; ++c) {
        row.o[c] = empty ? row.o[c] : fmaf(weight, value[i][c], row.o[c]);
      }
    }
  }
};

/// Merges the splits of one part.
template <int kColumns>
__device__ __forceinline__ void merge_splits(MergedRow<kColumns>& merged, PartialRow const& row,
                                             int part) {
  int const step = row.parts * kCombineLoads;
  for (int first = part; first < row.count; first += step) {
    PartialBatch<kColumns> batch;
    batch.load(row, first);
    batch.add_to(merged);
  }
}

/// The parts that the warps of a CTA have merged, in shared memory.
template <int kHeadDim>
struct MergedParts {
  static constexpr int kColumns = kHeadDim / 32;
  alignas(16) float o[kCombineWarps][kHeadDim];
  float max[kCombineWarps];
  float weight[kCombineWarps];

  __device__ __forceinline__ void put(MergedRow<kColumns> const& row, int warp, int lane) {
#pragma unroll
    for (int c = 0; c < kColumns; ++c) o[warp][lane * kColumns + c] = row.o[c];
    max[warp] = row.max;
    weight[warp] = row.weight;
  }

  /// Those of warps first, first + step, ..., `parts` of them, as one row. By a whole warp: lane i
  /// weighs part i.
  [[nodiscard]] __device__ __forceinline__ MergedRow<kColumns> sum(int first, int step, int parts,
                                                                   int lane) const {
    bool const weighs = lane < parts;
    int const warp = weighs ? first + lane * step : first;
    MergedRow<kColumns> row;
    row.max = max[warp];
#pragma unroll
    for (int lanes = 16; lanes > 0; lanes /= 2) {
      row.max = fmaxf(row.max, __shfl_xor_sync(0xffffffffu, row.max, lanes));
    }
    float const factor = weighs ? expf(max[warp] - row.shift()) : 0.0f;
    row.weight = factor * weight[warp];
#pragma unroll
    for (int lanes = 16; lanes > 0; lanes /= 2) {
      row.weight += __shfl_xor_sync(0xffffffffu, row.weight, lanes);
    }
#pragma unroll 4
    for (int part = 0; part < parts; ++part) {
      float const part_factor = __shfl_sync(0xffffffffu, factor, part);
#pragma unroll
      for (int c = 0; c < kColumns; ++c) {
        row.o[c] = fmaf(part_factor, o[first + part * step][lane * kColumns + c], row.o[c]);
      }
    }
    return row;
  }
};

}  // namespace fluxscope::kernels::merge

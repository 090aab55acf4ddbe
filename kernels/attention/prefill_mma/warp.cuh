#pragma once
// The arithmetic of one warp of prefill_mma. mma layout: lane l holds, of each m16 tile, rows l / 4
// and l / 4 + 8, and of each n8 tile columns 2 (l % 4) + {0, 1}.

#include <cmath>

#include "kernels/attention/prefill_mma/shape.cuh"
#include "kernels/device/ptx.cuh"
#include "kernels/device/thread_place.cuh"

namespace fluxscope::kernels::mma {

/// Scores of one sub-tile; exponentials after exponentiate_part.
template <class Shape>
using Scores = float[Shape::kRowTiles][Shape::kScoreTiles][4];

/// Softmax state and output accumulator of one warp.
template <class Shape>
struct WarpState {
  float o[Shape::kRowTiles][Shape::kOutputTiles][4];
  float shift[Shape::kRowTiles][2];  // running maximum * scale * log2 e, see raise_maximum
  float sum[Shape::kRowTiles][2];    // of this lane's columns only, until the end
};

/// Addresses that this lane gives to ldmatrix; at_step moves along a row.
template <class Shape>
struct LaneAddresses {
  std::uint32_t query;   // rows of the warp, row-major A fragments
  std::uint32_t keys;    // K, B fragments
  std::uint32_t values;  // V, B fragments, transposed

  __device__ __forceinline__ explicit LaneAddresses(std::uint32_t smem) {
    ThreadPlace const place;
    int const low = place.lane % 8;
    int const bit3 = (place.lane / 8) % 2;
    int const bit4 = place.lane / 16;
    query = smem + at(place.warp * Shape::kWarpRows + bit3 * 8 + low, bit4 ^ low);
    keys = smem + Shape::kKeysAt + at(bit4 * 8 + low, bit3 ^ low);
    values = smem + Shape::kValuesAt + at(bit3 * 8 + low, bit4 ^ low);
  }

 private:
  __device__ __forceinline__ static std::uint32_t at(int row, int piece) {
    return static_cast<std::uint32_t>(row * Shape::kRowBytes + piece * 16);
  }
};

/// Address of 32-byte step `step` of a row whose step 0 a lane reads at `address`. The swizzle
/// moves pieces inside 128 bytes, so beyond them a step is a plain offset, which costs no register.
__device__ __forceinline__ std::uint32_t at_step(std::uint32_t address, int step) {
  return (address ^ static_cast<std::uint32_t>(step % 4 * 32)) +
         static_cast<std::uint32_t>(step / 4 * 128);
}

template <class Shape>
__device__ __forceinline__ void load_query_step(std::uint32_t (&a)[Shape::kRowTiles][4],
                                                std::uint32_t query, int step) {
#pragma unroll
  for (int m = 0; m < Shape::kRowTiles; ++m) {
    ptx::ldmatrix_x4(a[m],
                     at_step(query, step) + static_cast<std::uint32_t>(m * 16 * Shape::kRowBytes));
  }
}

/// p = 2^(s scale - shift) for the score tiles of part `part` of kDepthSteps, and their sums.
template <class Shape>
__device__ __forceinline__ void exponentiate_part(Scores<Shape>& s, WarpState<Shape>& state,
                                                  float scale_log2, int part) {
  constexpr int kParts = Shape::kDepthSteps;
#pragma unroll
  for (int n = part * Shape::kScoreTiles / kParts; n < (part + 1) * Shape::kScoreTiles / kParts;
       ++n) {
#pragma unroll
    for (int m = 0; m < Shape::kRowTiles; ++m) {
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        float& x = s[m][n][i];
        x = ptx::exp2_approx(fmaf(x, scale_log2, -state.shift[m][i / 2]));
        state.sum[m][i / 2] += x;
      }
    }
  }
}

/// s = q k^T.
template <class Shape>
__device__ __forceinline__ void multiply_keys(Scores<Shape>& s, std::uint32_t smem) {
  constexpr int kPairs = Shape::kScoreTiles / 2;  // n8 tiles that one ldmatrix covers
  LaneAddresses<Shape> const lanes(smem);
  std::uint32_t const keys = lanes.keys;
  std::uint32_t const queries = lanes.query;
  std::uint32_t b[2][4];
  std::uint32_t a[2][Shape::kRowTiles][4];
#pragma unroll
  for (int m = 0; m < Shape::kRowTiles; ++m) {
#pragma unroll
    for (int n = 0; n < Shape::kScoreTiles; ++n) {
#pragma unroll
      for (int i = 0; i < 4; ++i) s[m][n][i] = 0.0f;
    }
  }
  load_query_step<Shape>(a[0], queries, 0);
  ptx::ldmatrix_x4(b[0], keys);
#pragma unroll
  for (int k = 0; k < Shape::kDepthSteps; ++k) {
    if (k + 1 < Shape::kDepthSteps) load_query_step<Shape>(a[(k + 1) % 2], queries, k + 1);
#pragma unroll
    for (int n = 0; n < kPairs; ++n) {
      int const done = k * kPairs + n;
      int const ahead = done + 1;
      if (ahead < Shape::kDepthSteps * kPairs) {
        ptx::ldmatrix_x4(b[ahead % 2],
                         at_step(keys, ahead / kPairs) +
                             static_cast<std::uint32_t>(ahead % kPairs * 16 * Shape::kRowBytes));
      }
#pragma unroll
      for (int m = 0; m < Shape::kRowTiles; ++m) {
        ptx::mma_m16n8k16(s[m][2 * n], a[k % 2][m], b[done % 2][0], b[done % 2][1]);
        ptx::mma_m16n8k16(s[m][2 * n + 1], a[k % 2][m], b[done % 2][2], b[done % 2][3]);
      }
    }
  }
}

/// o += p v.
template <class Shape>
__device__ __forceinline__ void multiply_values(WarpState<Shape>& state, Scores<Shape> const& p,
                                                std::uint32_t smem) {
  std::uint32_t const values = LaneAddresses<Shape>(smem).values;
  std::uint32_t b[2][4];
  ptx::ldmatrix_x4_trans(b[0], values);
#pragma unroll
  for (int k = 0; k < Shape::kTokenSteps; ++k) {
    std::uint32_t a[Shape::kRowTiles][4];
#pragma unroll
    for (int m = 0; m < Shape::kRowTiles; ++m) {
      a[m][0] = ptx::pack_bf16(p[m][2 * k][0], p[m][2 * k][1]);
      a[m][1] = ptx::pack_bf16(p[m][2 * k][2], p[m][2 * k][3]);
      a[m][2] = ptx::pack_bf16(p[m][2 * k + 1][0], p[m][2 * k + 1][1]);
      a[m][3] = ptx::pack_bf16(p[m][2 * k + 1][2], p[m][2 * k + 1][3]);
    }
#pragma unroll
    for (int n = 0; n < Shape::kOutputTiles / 2; ++n) {
      int const done = k * (Shape::kOutputTiles / 2) + n;
      int const next = done + 1;
      if (next < Shape::kTokenSteps * (Shape::kOutputTiles / 2)) {
        int const next_k = next / (Shape::kOutputTiles / 2);
        int const next_n = next % (Shape::kOutputTiles / 2);
        ptx::ldmatrix_x4_trans(
            b[next % 2],
            at_step(values, next_n) + static_cast<std::uint32_t>(next_k * 16 * Shape::kRowBytes));
      }
#pragma unroll
      for (int m = 0; m < Shape::kRowTiles; ++m) {
        ptx::mma_m16n8k16(state.o[m][2 * n], a[m], b[done % 2][0], b[done % 2][1]);
        ptx::mma_m16n8k16(state.o[m][2 * n + 1], a[m], b[done % 2][2], b[done % 2][3]);
      }
    }
  }
}

}  // namespace fluxscope::kernels::mma

#pragma once
// bf16 numbers in registers: in pairs and in pieces of 16 bytes.

#include "kernels/device/ptx.cuh"

namespace fluxscope::kernels {

inline constexpr int kPieceElements = 8;  ///< bf16 numbers in 16 bytes

__device__ __forceinline__ float low_bf16(std::uint32_t pair) {
  return __uint_as_float(pair << 16);
}
__device__ __forceinline__ float high_bf16(std::uint32_t pair) {
  return __uint_as_float(pair & 0xffff0000u);
}

__device__ __forceinline__ void unpack(uint4 bits, float (&x)[kPieceElements]) {
  std::uint32_t const word[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    x[2 * i] = low_bf16(word[i]);
    x[2 * i + 1] = high_bf16(word[i]);
  }
}

/// Rounded to nearest, ties to even.
__device__ __forceinline__ uint4 pack(float const (&x)[kPieceElements]) {
  return {ptx::pack_bf16(x[0], x[1]), ptx::pack_bf16(x[2], x[3]), ptx::pack_bf16(x[4], x[5]),
          ptx::pack_bf16(x[6], x[7])};
}

/// Not through the read-only cache: what the grid before wrote may be read once
/// wait_for_previous_grid() has returned.
__device__ __forceinline__ uint4 load_piece(__nv_bfloat16 const* elements) {
  return *reinterpret_cast<uint4 const*>(elements);
}

__device__ __forceinline__ void store_piece(__nv_bfloat16* elements, uint4 bits) {
  *reinterpret_cast<uint4*>(elements) = bits;
}

}  // namespace fluxscope::kernels

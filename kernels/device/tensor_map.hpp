#pragma once
// Tensor maps for the copy engine of sm_90, made on the host without linking the driver library.

#include <cuda.h>

#include <cstdint>

namespace fluxscope::kernels {

/// Rows of head_dim bf16 elements. Coordinates are (element, row, head): the address is
/// base + (element + row * row_stride + head * head_dim) elements, whatever lies where, so one map
/// serves every sequence and head of a buffer whose heads begin at multiples of head_dim. It has
/// no upper bounds: the kernel copies boxes only where all their rows exist.
struct RowMap {
  void const* base = nullptr;   ///< on a 16-byte boundary
  std::int64_t row_stride = 0;  ///< elements, a multiple of 8
  std::int32_t head_dim = 0;
  std::int32_t box_rows = 0;  ///< a box is [box_rows, 64 elements], 128-byte swizzled
};

/// Throws CudaError where the driver has no tensor maps or refuses this one.
[[nodiscard]] CUtensorMap encode(RowMap const& rows);

}  // namespace fluxscope::kernels

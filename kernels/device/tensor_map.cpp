#include "kernels/device/tensor_map.hpp"

#include <cudaTypedefs.h>
#include <cuda_runtime_api.h>

#include <array>
#include <string>

#include "base/cuda/check.hpp"

namespace fluxscope::kernels {
namespace {

constexpr unsigned kDriverApi = 12000;                  // the first with tensor maps
constexpr cuuint64_t kUnbounded = cuuint64_t{1} << 31;  // coordinates are 32-bit

PFN_cuTensorMapEncodeTiled_v12000 load_encoder() {
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult found{};
  FLUXSCOPE_CUDA_CHECK(cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &entry,
                                                        kDriverApi, cudaEnableDefault, &found));
  if (found != cudaDriverEntryPointSuccess || entry == nullptr) {
    throw CudaError(cudaErrorSymbolNotFound,
                    "the driver has no cuTensorMapEncodeTiled (CUDA 12.0 and newer have it)");
  }
  return reinterpret_cast<PFN_cuTensorMapEncodeTiled_v12000>(entry);
}

}  // namespace

CUtensorMap encode(RowMap const& rows) {
  static PFN_cuTensorMapEncodeTiled_v12000 const encoder = load_encoder();
  std::array<cuuint64_t, 3> const size = {static_cast<cuuint64_t>(rows.head_dim), kUnbounded,
                                          kUnbounded};
  std::array<cuuint64_t, 2> const stride_bytes = {static_cast<cuuint64_t>(rows.row_stride) * 2,
                                                  static_cast<cuuint64_t>(rows.head_dim) * 2};
  std::array<cuuint32_t, 3> const box = {64, static_cast<cuuint32_t>(rows.box_rows), 1};
  std::array<cuuint32_t, 3> const step = {1, 1, 1};
  CUtensorMap map;
  CUresult const result =
      encoder(&map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 3, const_cast<void*>(rows.base), size.data(),
              stride_bytes.data(), box.data(), step.data(), CU_TENSOR_MAP_INTERLEAVE_NONE,
              CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
              CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS) {
    throw CudaError(cudaErrorInvalidValue,
                    "cuTensorMapEncodeTiled refused rows of " + std::to_string(rows.head_dim) +
                        " elements at stride " + std::to_string(rows.row_stride) + ": error " +
                        std::to_string(static_cast<int>(result)));
  }
  return map;
}

}  // namespace fluxscope::kernels

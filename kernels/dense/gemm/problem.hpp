#pragma once
// A product as cuBLASLt sees it.

#include <cuda_bf16.h>

#include <memory>
#include <vector>

#include "kernels/dense/gemm/cublaslt.hpp"
#include "plan/step/step_op.hpp"

namespace fluxscope::kernels {

/// Y = X W^T. cudaMalloc gives the boundaries.
struct GemmParams {
  __nv_bfloat16 const* x = nullptr;  // [m, k], on a 256-byte boundary
  __nv_bfloat16 const* w = nullptr;  // [n, k], on a 256-byte boundary
  __nv_bfloat16* y = nullptr;        // [m, n], on a 256-byte boundary
  void* workspace = nullptr;         // [workspace_bytes of the plan], on a 256-byte boundary
};

/// The descriptors of one shape. bf16 in and out, fp32 accumulated and scaled.
class GemmProblem {
 public:
  /// Throws InputError for a shape whose rows are no multiples of 16 bytes.
  GemmProblem(CublasLt const& library, plan::GemmShape const& shape);

  /// The heuristic's algorithms that need at most `workspace_bytes`, at most `most`, what it takes
  /// for the best first. Throws InputError where it has none.
  [[nodiscard]] std::vector<cublasLtMatmulHeuristicResult_t> algorithms(std::size_t workspace_bytes,
                                                                        int most) const;

  /// Enqueues only. Throws InputError for a null or misaligned pointer.
  void launch(GemmParams const& params, cublasLtMatmulHeuristicResult_t const& algorithm,
              cudaStream_t stream) const;

  [[nodiscard]] CublasLtTable const& table() const { return library_.table(); }
  [[nodiscard]] plan::GemmShape const& shape() const { return shape_; }

 private:
  using Operation = std::unique_ptr<cublasLtMatmulDescOpaque_t,
                                    decltype(CublasLtTable::cublasLtMatmulDescDestroy)>;
  using Layout = std::unique_ptr<cublasLtMatrixLayoutOpaque_t,
                                 decltype(CublasLtTable::cublasLtMatrixLayoutDestroy)>;

  [[nodiscard]] Operation make_operation() const;
  [[nodiscard]] Layout make_layout(std::int64_t rows, std::int64_t row_size) const;

  CublasLt const& library_;
  plan::GemmShape shape_;
  Operation operation_;
  Layout w_, x_, y_;
};

}  // namespace fluxscope::kernels

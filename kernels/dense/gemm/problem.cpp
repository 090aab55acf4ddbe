#include "kernels/dense/gemm/problem.hpp"

#include <fmt/format.h>

#include <limits>

#include "base/error.hpp"
#include "kernels/dense/check.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "gemm";
constexpr std::uintptr_t kAlignment = 256;  // bytes; what the heuristic assumes by default

plan::GemmShape checked(plan::GemmShape const& shape) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  check_size(shape.m, 1, kMost, kWhere, "m");
  check_size(shape.n, 8, kMost, kWhere, "n");
  check_size(shape.k, 8, kMost, kWhere, "k");
  return shape;
}

void check_operand(void const* pointer, char const* name) {
  check_pointer(pointer, kWhere, name);
  if (reinterpret_cast<std::uintptr_t>(pointer) % kAlignment == 0) return;
  throw InputError(
      fmt::format("{}: {} is not on a {}-byte boundary (the algorithm was chosen for "
                  "one) align it",
                  kWhere, name, kAlignment));
}

}  // namespace

GemmProblem::GemmProblem(CublasLt const& library, plan::GemmShape const& shape)
    : library_(library),
      shape_(checked(shape)),
      operation_(make_operation()),
      w_(make_layout(shape.n, shape.k)),
      x_(make_layout(shape.m, shape.k)),
      y_(make_layout(shape.m, shape.n)) {}

// The library's matrices are column-major, so that Y [m, n] is its Y^T [n, m] = W X^T: W is the
// transposed of a [k, n] and X^T a [k, m].
GemmProblem::Operation GemmProblem::make_operation() const {
  cublasLtMatmulDesc_t made = nullptr;
  FLUXSCOPE_CUBLASLT(table(), cublasLtMatmulDescCreate(&made, CUBLAS_COMPUTE_32F, CUDA_R_32F));
  Operation operation(made, table().cublasLtMatmulDescDestroy);
  cublasOperation_t const transposed = CUBLAS_OP_T;
  FLUXSCOPE_CUBLASLT(table(), cublasLtMatmulDescSetAttribute(made, CUBLASLT_MATMUL_DESC_TRANSA,
                                                             &transposed, sizeof(transposed)));
  return operation;
}

GemmProblem::Layout GemmProblem::make_layout(std::int64_t rows, std::int64_t row_size) const {
  cublasLtMatrixLayout_t made = nullptr;
  FLUXSCOPE_CUBLASLT(
      table(), cublasLtMatrixLayoutCreate(&made, CUDA_R_16BF, static_cast<std::uint64_t>(row_size),
                                          static_cast<std::uint64_t>(rows), row_size));
  return {made, table().cublasLtMatrixLayoutDestroy};
}

std::vector<cublasLtMatmulHeuristicResult_t> GemmProblem::algorithms(std::size_t workspace_bytes,
                                                                     int most) const {
  cublasLtMatmulPreference_t made = nullptr;
  FLUXSCOPE_CUBLASLT(table(), cublasLtMatmulPreferenceCreate(&made));
  std::unique_ptr<cublasLtMatmulPreferenceOpaque_t,
                  decltype(CublasLtTable::cublasLtMatmulPreferenceDestroy)> const
      preference(made, table().cublasLtMatmulPreferenceDestroy);
  FLUXSCOPE_CUBLASLT(
      table(), cublasLtMatmulPreferenceSetAttribute(made, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                                    &workspace_bytes, sizeof(workspace_bytes)));
  std::vector<cublasLtMatmulHeuristicResult_t> found(static_cast<std::size_t>(most));
  int count = 0;
  cublasStatus_t const status = table().cublasLtMatmulAlgoGetHeuristic(
      library_.handle(), operation_.get(), w_.get(), x_.get(), y_.get(), y_.get(), made, most,
      found.data(), &count);
  if (status != CUBLAS_STATUS_NOT_SUPPORTED) {  // it then has none
    cublaslt_check(table(), status, "cublasLtMatmulAlgoGetHeuristic");
  }
  found.resize(static_cast<std::size_t>(count));
  std::erase_if(found, [](auto const& one) { return one.state != CUBLAS_STATUS_SUCCESS; });
  if (found.empty()) {
    throw InputError(fmt::format(
        "{}: cuBLASLt {} has no algorithm for m {}, n {}, k {} with {} bytes of workspace (the GPU "
        "or the shape is one it does not support) use a larger workspace, or a newer cuBLAS",
        kWhere, library_.version(), shape_.m, shape_.n, shape_.k, workspace_bytes));
  }
  return found;
}

void GemmProblem::launch(GemmParams const& params, cublasLtMatmulHeuristicResult_t const& algorithm,
                         cudaStream_t stream) const {
  check_operand(params.x, "x");
  check_operand(params.w, "w");
  check_operand(params.y, "y");
  if (algorithm.workspaceSize > 0) check_operand(params.workspace, "workspace");
  float const one = 1;
  float const zero = 0;
  FLUXSCOPE_CUBLASLT(
      table(), cublasLtMatmul(library_.handle(), operation_.get(), &one, params.w, w_.get(),
                              params.x, x_.get(), &zero, params.y, y_.get(), params.y, y_.get(),
                              &algorithm.algo, params.workspace, algorithm.workspaceSize, stream));
}

}  // namespace fluxscope::kernels

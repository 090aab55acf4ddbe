#include "kernels/dense/gemm/table.hpp"

namespace fluxscope::kernels {

void cublaslt_check(CublasLtTable const& table, cublasStatus_t status, char const* call) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  char const* const name = table.cublasLtGetStatusName(status);
  throw CublasLtError(status, std::string(call) + ": " + (name == nullptr ? "status" : name) + " " +
                                  std::to_string(static_cast<int>(status)));
}

}  // namespace fluxscope::kernels

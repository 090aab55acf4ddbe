#pragma once
// The cuBLASLt functions that products call, as a table of pointers: fluxscope starts on machines
// without the library, and tests fill the table with fakes.

#include <cublasLt.h>

#include <stdexcept>
#include <string>

namespace fluxscope::kernels {

#define FLUXSCOPE_CUBLASLT_FUNCTIONS(X)   \
  X(cublasLtGetVersion)                   \
  X(cublasLtGetStatusName)                \
  X(cublasLtCreate)                       \
  X(cublasLtDestroy)                      \
  X(cublasLtMatmulDescCreate)             \
  X(cublasLtMatmulDescDestroy)            \
  X(cublasLtMatmulDescSetAttribute)       \
  X(cublasLtMatrixLayoutCreate)           \
  X(cublasLtMatrixLayoutDestroy)          \
  X(cublasLtMatmulPreferenceCreate)       \
  X(cublasLtMatmulPreferenceDestroy)      \
  X(cublasLtMatmulPreferenceSetAttribute) \
  X(cublasLtMatmulAlgoGetHeuristic)       \
  X(cublasLtMatmulAlgoConfigGetAttribute) \
  X(cublasLtMatmul)

struct CublasLtTable {
#define FLUXSCOPE_CUBLASLT_MEMBER(name) decltype(&::name) name = nullptr;
  FLUXSCOPE_CUBLASLT_FUNCTIONS(FLUXSCOPE_CUBLASLT_MEMBER)
#undef FLUXSCOPE_CUBLASLT_MEMBER
};

/// A cuBLASLt call failed.
class CublasLtError : public std::runtime_error {
 public:
  CublasLtError(cublasStatus_t status, std::string const& what)
      : std::runtime_error(what), status_(status) {}
  [[nodiscard]] cublasStatus_t status() const { return status_; }

 private:
  cublasStatus_t status_;
};

/// Throws CublasLtError "call: CUBLAS_STATUS_X" unless `status` is success.
void cublaslt_check(CublasLtTable const& table, cublasStatus_t status, char const* call);

}  // namespace fluxscope::kernels

/// FLUXSCOPE_CUBLASLT(table, cublasLtX(...)): calls through the table and checks.
#define FLUXSCOPE_CUBLASLT(table, call) \
  ::fluxscope::kernels::cublaslt_check((table), (table).call, #call)

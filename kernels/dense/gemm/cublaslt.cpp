#include "kernels/dense/gemm/cublaslt.hpp"

#include "base/error.hpp"

namespace fluxscope::kernels {

CublasLt::CublasLt(LibraryOpener& opener) : library_(find_cublaslt(opener)) {
  if (!library_.table) throw InputError("gemm: " + library_.reason);
  FLUXSCOPE_CUBLASLT(table(), cublasLtCreate(&handle_));
}

CublasLt::~CublasLt() { (void)table().cublasLtDestroy(handle_); }

}  // namespace fluxscope::kernels

#pragma once

#include "base/files/library_opener.hpp"
#include "kernels/dense/gemm/library.hpp"

namespace fluxscope::kernels {

/// cuBLASLt, opened, with a handle for the current device. Outlives the plans that are made with
/// it.
class CublasLt {
 public:
  /// Throws InputError where there is no library that fits: which, and what to install; a
  /// CublasLtError where it does not start, as without a GPU.
  explicit CublasLt(LibraryOpener& opener = system_libraries());
  ~CublasLt();
  CublasLt(CublasLt const&) = delete;
  CublasLt& operator=(CublasLt const&) = delete;

  [[nodiscard]] CublasLtTable const& table() const { return *library_.table; }
  [[nodiscard]] cublasLtHandle_t handle() const { return handle_; }
  [[nodiscard]] std::size_t version() const { return library_.version; }

 private:
  CublasLtLibrary library_;
  cublasLtHandle_t handle_ = nullptr;
};

}  // namespace fluxscope::kernels

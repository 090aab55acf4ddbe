#pragma once

#include <cuda_runtime_api.h>

#include <stdexcept>
#include <string>

namespace fluxscope {

/// A CUDA runtime call failed. cudaErrorMemoryAllocation is an InputError in callers that know
/// which of the user's numbers was too large.
class CudaError : public std::runtime_error {
 public:
  CudaError(cudaError_t code, std::string const& what) : std::runtime_error(what), code_(code) {}
  [[nodiscard]] cudaError_t code() const { return code_; }

 private:
  cudaError_t code_;
};

/// Throws CudaError with the call, file and line, and clears the runtime's last error.
inline void cuda_check(cudaError_t code, char const* call, char const* file, int line) {
  if (code == cudaSuccess) return;
  (void)cudaGetLastError();
  throw CudaError(code, std::string(file) + ":" + std::to_string(line) + ": " + call + ": " +
                            cudaGetErrorName(code) + " (" + cudaGetErrorString(code) + ")");
}

}  // namespace fluxscope

#define FLUXSCOPE_CUDA_CHECK(call) ::fluxscope::cuda_check((call), #call, __FILE__, __LINE__)

#pragma once
// Finds cuBLASLt at run time.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/files/library_opener.hpp"
#include "kernels/dense/gemm/table.hpp"

namespace fluxscope::kernels {

struct CublasLtLibrary {
  std::optional<CublasLtTable> table;  ///< absent where `reason` says why
  std::string path;
  std::size_t version = 0;  ///< CUBLAS_VERSION of the library found, e.g. 130100
  std::string reason;
};

/// Names to try, in order: on the loader's path, beside the CUDA runtime of this process, in
/// $CUDA_HOME, $CUDA_PATH and /usr/local/cuda (toolkit and wheel layouts).
[[nodiscard]] std::vector<std::string> cublaslt_candidates(std::string const& cudart_file);

/// Opens the first candidate, checks its version against the headers (same major) and resolves the
/// table. Needs no driver.
[[nodiscard]] CublasLtLibrary find_cublaslt(LibraryOpener& opener);

}  // namespace fluxscope::kernels

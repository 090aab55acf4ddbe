#include "kernels/dense/gemm/library.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "base/files/toolkit_folders.hpp"

namespace fluxscope::kernels {
namespace {

/// Resolves every function; the name of the first missing one, or empty.
std::string resolve(LibraryOpener& opener, void* library, CublasLtTable& table) {
#define FLUXSCOPE_CUBLASLT_RESOLVE(name)                            \
  table.name = function<decltype(&::name)>(opener, library, #name); \
  if (table.name == nullptr) return #name;
  FLUXSCOPE_CUBLASLT_FUNCTIONS(FLUXSCOPE_CUBLASLT_RESOLVE)
#undef FLUXSCOPE_CUBLASLT_RESOLVE
  return {};
}

std::size_t major_version(std::size_t version) { return version / 10000; }

}  // namespace

std::vector<std::string> cublaslt_candidates(std::string const& cudart_file) {
  std::vector<std::string> folders = {""};
  if (std::string const beside = folder_with_slash(cudart_file); !beside.empty()) {
    folders.push_back(beside);
    folders.push_back(beside + "../../cublas/lib/");  // wheel layout
  }
  for (std::string const& root : toolkit_roots()) {
    for (char const* folder : {"/lib64/", "/lib/", "/targets/x86_64-linux/lib/"}) {
      folders.push_back(root + folder);
    }
  }
  std::vector<std::string> candidates;
  for (std::string const& folder : folders) {
    candidates.push_back(fmt::format("{}libcublasLt.so.{}", folder, CUBLAS_VER_MAJOR));
    candidates.push_back(folder + "libcublasLt.so");
  }
  return candidates;
}

CublasLtLibrary find_cublaslt(LibraryOpener& opener) {
  CublasLtLibrary found;
  auto const candidates =
      cublaslt_candidates(opener.file_of(reinterpret_cast<void*>(&cudaRuntimeGetVersion)));
  void* library = nullptr;
  for (std::string const& candidate : candidates) {
    library = opener.open(candidate);
    if (library == nullptr) continue;
    found.path = candidate;
    break;
  }
  if (library == nullptr) {
    found.reason = fmt::format(
        "cuBLASLt was not found in {} places (a step's matrix products run on it; it comes with "
        "the CUDA toolkit, not with the driver) install the toolkit's cuBLAS {} package or add its "
        "folder to LD_LIBRARY_PATH",
        candidates.size(), CUBLAS_VER_MAJOR);
    return found;
  }
  CublasLtTable table;
  std::string const missing = resolve(opener, library, table);
  if (!missing.empty()) {
    found.reason =
        fmt::format("{} lacks {} (the file is damaged or not cuBLASLt) install cuBLAS {}",
                    found.path, missing, CUBLAS_VER_MAJOR);
    return found;
  }
  found.version = table.cublasLtGetVersion();
  if (major_version(found.version) != CUBLAS_VER_MAJOR) {
    found.reason = fmt::format(
        "{} is version {}, this program was built for {} (its algorithms have another layout) use "
        "the cuBLAS of CUDA {}, or rebuild",
        found.path, found.version, CUBLAS_VERSION, CUBLAS_VER_MAJOR);
    return found;
  }
  found.table = table;
  return found;
}

}  // namespace fluxscope::kernels

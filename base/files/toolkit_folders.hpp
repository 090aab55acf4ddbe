#pragma once
// Where the CUDA toolkit's shared libraries may lie.

#include <string>
#include <vector>

namespace fluxscope {

/// Folder of `file` with its last slash; empty where the name has none.
[[nodiscard]] std::string folder_with_slash(std::string const& file);

/// $CUDA_HOME and $CUDA_PATH where they are set, then /usr/local/cuda.
[[nodiscard]] std::vector<std::string> toolkit_roots();

}  // namespace fluxscope

#include "base/files/toolkit_folders.hpp"

#include <cstdlib>

namespace fluxscope {

std::string folder_with_slash(std::string const& file) {
  auto const slash = file.rfind('/');
  return slash == std::string::npos ? std::string() : file.substr(0, slash + 1);
}

std::vector<std::string> toolkit_roots() {
  std::vector<std::string> roots;
  for (char const* variable : {"CUDA_HOME", "CUDA_PATH"}) {
    if (char const* value = std::getenv(variable); value != nullptr && *value != '\0') {
      roots.emplace_back(value);
    }
  }
  roots.emplace_back("/usr/local/cuda");
  return roots;
}

}  // namespace fluxscope

#pragma once
// A checkpoint folder with the routers of some layers, named as the released model names them.

#include <unistd.h>

#include <bit>
#include <filesystem>
#include <map>
#include <string>

#include "kernels/routing/router/reference.hpp"
#include "kernels/routing/router/weights.hpp"
#include "tests/base/files/safetensors_file.hpp"

namespace fluxscope::testing {

/// `values` as the file stores them; exact where they are bf16 values.
inline std::string stored_values(std::vector<float> const& values, std::string const& dtype) {
  std::string bytes;
  for (float const value : values) {
    auto const bits = std::bit_cast<std::uint32_t>(value);
    for (int i = dtype == "F32" ? 0 : 2; i < 4; ++i)
      bytes += static_cast<char>(bits >> 8 * i & 0xff);
  }
  return bytes;
}

/// The ten tensors of one layer.
inline std::map<std::string, StoredTensor> router_tensors(
    std::int32_t layer, std::int32_t head_dim, kernels::RouterReferenceWeights const& weights,
    std::string const& dtype) {
  std::map<std::string, StoredTensor> tensors;
  for (int linear = 0; linear < kernels::kRouterLayers; ++linear) {
    auto const [in, out] = kernels::router_width(linear, head_dim);
    auto const i = static_cast<std::size_t>(linear);
    tensors[kernels::router_tensor_name(layer, linear, "weight")] = {
        dtype, {out, in}, stored_values(weights.weight[i], dtype)};
    tensors[kernels::router_tensor_name(layer, linear, "bias")] = {
        dtype, {out}, stored_values(weights.bias[i], dtype)};
  }
  return tensors;
}

/// A folder of its own, removed at the end.
class CheckpointFolder {
 public:
  CheckpointFolder()
      : path_(std::filesystem::temp_directory_path() /
              ("fluxscope_checkpoint_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~CheckpointFolder() {
    std::error_code none;
    std::filesystem::remove_all(path_, none);
  }
  CheckpointFolder(CheckpointFolder const&) = delete;
  CheckpointFolder& operator=(CheckpointFolder const&) = delete;

  void write(std::string const& name, std::map<std::string, StoredTensor> const& tensors) const {
    write_bytes(path_ / name, safetensors_bytes(tensors));
  }
  [[nodiscard]] std::string path(std::string const& name = {}) const {
    return name.empty() ? path_.string() : (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

}  // namespace fluxscope::testing

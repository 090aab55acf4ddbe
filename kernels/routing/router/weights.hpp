#pragma once
// Router weights from a checkpoint in safetensors files, as the released model code names them
// (qqtang-code/FluxAttention, class AttentionRouter, the module self_attn.mask_allocator of a
// layer):
//   model.layers.L.self_attn.mask_allocator.cls_feat_extractor.{0,2}.{weight,bias}
//   model.layers.L.self_attn.mask_allocator.cls_router_head_agnostic.{0,2,4}.{weight,bias}

#include <cuda_runtime_api.h>

#include <array>
#include <string>
#include <vector>

#include "base/files/safetensors.hpp"
#include "kernels/routing/router/launch.hpp"

namespace fluxscope::kernels {

/// The router of one layer, on the host, as the file stores it.
struct RouterWeights {
  RouterWeightType type = RouterWeightType::float32;
  std::array<std::vector<std::uint8_t>, kRouterLayers> weight;  // [out, in] each
  std::array<std::vector<std::uint8_t>, kRouterLayers> bias;    // [out] each
};

/// Name of the weight or the bias of linear layer `linear` (0 to 4) in model layer `layer`.
[[nodiscard]] std::string router_tensor_name(std::int32_t layer, int linear, char const* what);

/// A checkpoint: one .safetensors file, or a folder whose *.safetensors files are its parts.
class RouterCheckpoint {
 public:
  /// Reads the headers. Throws InputError for a path without such files or a damaged file.
  explicit RouterCheckpoint(std::string path);

  /// Throws InputError that names the tensor that is missing, lies in two parts, has another shape
  /// than router_width(., head_dim) says, or another type than the router's first.
  [[nodiscard]] RouterWeights load(std::int32_t layer, std::int32_t head_dim) const;

 private:
  [[nodiscard]] std::vector<std::uint8_t> tensor(std::string const& name,
                                                 std::vector<std::int64_t> const& shape,
                                                 TensorType type) const;
  [[nodiscard]] SafetensorsFile const& file_of(std::string const& name) const;

  std::string path_;
  std::vector<SafetensorsFile> files_;
};

/// Device memory that upload_router_weights fills.
[[nodiscard]] std::size_t router_weight_bytes(RouterWeights const& weights);

/// Copies the weights to `memory` [router_weight_bytes] in device memory, on a 16-byte boundary,
/// and points params.layers and weight_type at them. Returns when the copy is done.
void upload_router_weights(RouterWeights const& weights, void* memory, RouterParams& params);

}  // namespace fluxscope::kernels

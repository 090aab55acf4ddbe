#include "kernels/routing/router/weights.hpp"

#include <algorithm>
#include <filesystem>

#include "base/cuda/check.hpp"
#include "base/error.hpp"
#include "kernels/attention/check.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "upload_router_weights";

/// The modules of the linear layers; activations sit between them.
constexpr char const* kModules[kRouterLayers] = {
    "cls_feat_extractor.0", "cls_feat_extractor.2", "cls_router_head_agnostic.0",
    "cls_router_head_agnostic.2", "cls_router_head_agnostic.4"};

std::size_t padded(std::size_t bytes) { return (bytes + 15) / 16 * 16; }

std::vector<SafetensorsFile> open_files(std::string const& path) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  std::error_code none;
  if (!fs::is_directory(path, none)) {
    paths.push_back(path);
  } else {
    std::error_code unreadable;
    for (fs::directory_iterator entry(path, unreadable), end; !unreadable && entry != end;
         entry.increment(unreadable)) {
      if (entry->path().extension() == ".safetensors") paths.push_back(entry->path().string());
    }
    if (unreadable) {
      throw InputError(path + ": " + unreadable.message() +
                       " (the checkpoint's parts are looked up in it) check its permissions");
    }
    std::sort(paths.begin(), paths.end());
  }
  if (paths.empty()) {
    throw InputError(path +
                     ": no .safetensors file (a checkpoint folder holds its parts) pass the "
                     "folder that they are in");
  }
  return {paths.begin(), paths.end()};
}

RouterWeightType weight_type(TensorType type) {
  return type == TensorType::float32 ? RouterWeightType::float32 : RouterWeightType::bfloat16;
}

}  // namespace

std::string router_tensor_name(std::int32_t layer, int linear, char const* what) {
  return "model.layers." + std::to_string(layer) + ".self_attn.mask_allocator." + kModules[linear] +
         "." + what;
}

RouterCheckpoint::RouterCheckpoint(std::string path)
    : path_(std::move(path)), files_(open_files(path_)) {}

SafetensorsFile const& RouterCheckpoint::file_of(std::string const& name) const {
  auto const holds = [&](SafetensorsFile const& file) { return file.has(name); };
  auto const found = std::find_if(files_.begin(), files_.end(), holds);
  if (found == files_.end()) {
    throw InputError(path_ + ": tensor '" + name +
                     "' is missing (the layer has no router of Flux Attention there) pass a Flux "
                     "checkpoint and one of its layers");
  }
  auto const other = std::find_if(found + 1, files_.end(), holds);
  if (other != files_.end()) {
    throw InputError(found->path() + ": tensor '" + name + "' is in " + other->path() +
                     " as well (which one counts is undefined) leave the parts of one checkpoint "
                     "in the folder");
  }
  return *found;
}

std::vector<std::uint8_t> RouterCheckpoint::tensor(std::string const& name,
                                                   std::vector<std::int64_t> const& shape,
                                                   TensorType type) const {
  SafetensorsFile const& file = file_of(name);
  // The shape first: a damaged file may claim more bytes than there is memory.
  if (file.shape(name) != shape) {
    throw InputError(file.path() + ": tensor '" + name + "' is " + to_text(file.shape(name)) +
                     " (the router needs " + to_text(shape) +
                     ") pass the model's head_dim and its checkpoint");
  }
  if (file.type(name) != type) {
    throw InputError(file.path() + ": tensor '" + name +
                     "' has another type than the router's first (the kernel reads one type) store "
                     "the router as F32 or as BF16");
  }
  return file.read(name).bytes;
}

RouterWeights RouterCheckpoint::load(std::int32_t layer, std::int32_t head_dim) const {
  check_heads(1, 1, head_dim, "router");
  std::string const first = router_tensor_name(layer, 0, "weight");
  TensorType const type = file_of(first).type(first);
  RouterWeights weights;
  weights.type = weight_type(type);
  for (int linear = 0; linear < kRouterLayers; ++linear) {
    auto const i = static_cast<std::size_t>(linear);
    auto const [in, out] = router_width(linear, head_dim);
    weights.weight[i] = tensor(router_tensor_name(layer, linear, "weight"), {out, in}, type);
    weights.bias[i] = tensor(router_tensor_name(layer, linear, "bias"), {out}, type);
  }
  return weights;
}

std::size_t router_weight_bytes(RouterWeights const& weights) {
  std::size_t bytes = 0;
  for (auto const& weight : weights.weight) bytes += padded(weight.size());
  for (auto const& bias : weights.bias) bytes += padded(bias.size());
  return bytes;
}

void upload_router_weights(RouterWeights const& weights, void* memory, RouterParams& params) {
  check_pointer(memory, kWhere, "memory");
  auto* next = static_cast<std::uint8_t*>(memory);
  auto const upload = [&](std::vector<std::uint8_t> const& bytes) {
    FLUXSCOPE_CUDA_CHECK(cudaMemcpy(next, bytes.data(), bytes.size(), cudaMemcpyHostToDevice));
    void const* const place = next;
    next += padded(bytes.size());
    return place;
  };
  for (std::size_t i = 0; i < kRouterLayers; ++i) {
    params.layers[i] = {upload(weights.weight[i]), upload(weights.bias[i])};
  }
  params.weight_type = weights.type;
  FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(nullptr));  // cudaMemcpy may return before its end
}

}  // namespace fluxscope::kernels

#include "plan/decisions/hugging_face/layer_shapes.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/limits.hpp"

namespace fluxscope::plan::hugging_face {
namespace {

/// A number of one layer, and where the file has it.
struct Size {
  std::int32_t value = 0;
  JsonPath place;
};
using Sizes = std::vector<Size>;  // [layers]

/// One number for all layers, or a list of them.
Sizes numbers(Config const& config, std::string const& key, std::int32_t layers,
              std::int64_t most) {
  Sizes sizes;
  bool const is_list = config.at({key}).is_array();
  for (std::int32_t layer = 0; layer < layers; ++layer) {
    JsonPath const place = is_list ? JsonPath{key, std::to_string(layer)} : JsonPath{key};
    sizes.push_back({config.integer(place, most), place});
  }
  return sizes;
}

bool is_window(std::vector<OwnAttention> const& own, std::size_t layer) {
  return !own.empty() && own[layer].kind == OwnAttention::Kind::window;
}

/// The number at `place`, if there is one, holds for layers with a window, or for the others.
void replace(Config const& config, std::vector<OwnAttention> const& own, bool with_window,
             JsonPath const& place, Sizes& sizes) {
  if (config.at(place).is_null()) return;
  std::int32_t const value = config.integer(place, limits::kModelSize);
  for (std::size_t layer = 0; layer < sizes.size(); ++layer) {
    if (is_window(own, layer) == with_window) sizes[layer] = {value, place};
  }
}

Sizes grouped(Config const& config, Sizes const& q_heads) {
  Sizes sizes;
  for (std::size_t layer = 0; layer < q_heads.size(); ++layer) {
    JsonPath const place = {"block_configs", std::to_string(layer), "attention",
                            "n_heads_in_group"};
    std::int32_t const group = config.integer(place, limits::kHeads);
    if (q_heads[layer].value % group != 0) {
      config.refuse(place, "does not divide num_attention_heads; mend it",
                    static_cast<std::int32_t>(layer));
    }
    sizes.push_back({q_heads[layer].value / group, place});
  }
  return sizes;
}

Sizes read_kv_heads(Config const& config, std::int32_t layers, Sizes const& q_heads) {
  for (char const* key :
       {"num_key_value_heads", "num_attention_groups", "num_key_value_heads_per_layer"}) {
    if (config.has(key)) return numbers(config, key, layers, limits::kHeads);
  }
  if (config.has("block_configs")) return grouped(config, q_heads);
  bool const is_null = config.object().contains("num_key_value_heads");
  if (is_null || config.text({"model_type"}) == "llama") return q_heads;
  config.refuse({"num_key_value_heads"},
                "is missing (what it then is depends on the model's code) add it");
}

Sizes read_head_dim(Config const& config, std::int32_t layers, Sizes const& q_heads) {
  if (config.has("head_dim")) return numbers(config, "head_dim", layers, limits::kModelSize);
  std::int32_t const hidden = config.integer({"hidden_size"}, limits::kModelSize);
  Sizes sizes;
  for (Size const& heads : q_heads) {
    if (hidden % heads.value != 0) {
      config.refuse({"hidden_size"},
                    "is no multiple of num_attention_heads = " + std::to_string(heads.value) +
                        " (head_dim is missing, and would be their ratio) add it");
    }
    sizes.push_back({hidden / heads.value, {"hidden_size"}});
  }
  return sizes;
}

struct Shapes {
  Sizes q_heads, kv_heads, head_dim;

  [[nodiscard]] AttentionShape of(std::size_t layer) const {
    return {.q_heads = q_heads[layer].value,
            .kv_heads = kv_heads[layer].value,
            .head_dim = head_dim[layer].value};
  }
};

void expect_supported(Config const& config, Shapes const& shapes, std::size_t layer) {
  AttentionShape const shape = shapes.of(layer);
  auto const at = static_cast<std::int32_t>(layer);
  try {
    validate(shape, Phase::prefill);
  } catch (InputError const& error) {
    bool const dim = shape.head_dim != 64 && shape.head_dim != 128;
    auto const& place = (dim ? shapes.head_dim : shapes.kv_heads)[layer].place;
    config.refuse(place, std::string(": ") + error.what(), at);
  }
  auto const& dims = shapes.head_dim;
  if (dims[layer].value == dims[0].value) return;
  config.refuse(dims[layer].place,
                "(head_dim of layer 0 is " + std::to_string(dims[0].value) +
                    "; layers of unequal head_dim are not supported) take a model whose layers "
                    "are alike",
                at);
}

/// As many KV heads as any layer has, in groups as large as any has.
AttentionShape around(std::vector<AttentionShape> const& shapes) {
  AttentionShape result{.q_heads = 1, .kv_heads = 1, .head_dim = shapes[0].head_dim};
  for (AttentionShape const& one : shapes) {
    result.q_heads = std::max(result.q_heads, one.q_heads / one.kv_heads);
    result.kv_heads = std::max(result.kv_heads, one.kv_heads);
  }
  result.q_heads *= result.kv_heads;
  return result;
}

}  // namespace

void read_shapes(Config const& config, Model& model) {
  std::int32_t const layers = model.layers;
  auto const& own = model.own;
  Shapes shapes{.q_heads = numbers(config, "num_attention_heads", layers, limits::kHeads)};
  shapes.kv_heads = read_kv_heads(config, layers, shapes.q_heads);
  shapes.head_dim = read_head_dim(config, layers, shapes.q_heads);
  replace(config, own, false, {"num_global_key_value_heads"}, shapes.kv_heads);
  replace(config, own, false, {"global_head_dim"}, shapes.head_dim);
  replace(config, own, true, {"swa_num_attention_heads"}, shapes.q_heads);
  replace(config, own, true, {"swa_num_key_value_heads"}, shapes.kv_heads);
  replace(config, own, true, {"swa_head_dim"}, shapes.head_dim);
  std::string const other = "attention_other_setting";
  replace(config, own, true, {other, "num_attention_heads"}, shapes.q_heads);
  replace(config, own, true, {other, "num_attention_groups"}, shapes.kv_heads);
  replace(config, own, true, {other, "head_dim"}, shapes.head_dim);
  std::vector<AttentionShape> all;
  for (std::size_t layer = 0; layer < shapes.q_heads.size(); ++layer) {
    expect_supported(config, shapes, layer);
    all.push_back(shapes.of(layer));
  }
  model.attention = around(all);
  bool const alike =
      std::all_of(all.begin(), all.end(), [&](auto const& one) { return one == all[0]; });
  if (!alike) model.shapes = std::move(all);
}

}  // namespace fluxscope::plan::hugging_face

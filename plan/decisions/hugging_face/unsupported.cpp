#include "plan/decisions/hugging_face/unsupported.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/limits.hpp"
#include "base/text/printable.hpp"
#include "plan/decisions/hugging_face/layer_kinds.hpp"

namespace fluxscope::plan::hugging_face {
namespace {

using Json = nlohmann::json;

struct Key {
  char const* name;
  char const* why;
};

constexpr std::array kKeys = {
    Key{"kv_lora_rank", "multi-head latent attention"},
    Key{"index_topk", "tokens chosen by an index"},
    Key{"attention_chunk_size", "attention in chunks"},
    Key{"dual_chunk_attention_config", "attention in two chunks"},
    Key{"num_kv_shared_layers", "layers that share K and V"},
    Key{"use_cla", "layers that share K and V"},
    Key{"attention_k_eq_v", "K and V that are one"},
    Key{"cross_attention_layers", "cross-attention"},
    Key{"is_encoder_decoder", "an encoder and cross-attention"},
    Key{"full_attention_interval", "layers of linear attention"},
    Key{"attn_layer_period", "layers without attention"},
    Key{"attn_layer_indices", "layers without attention"},
};

// Parts of the names of keys that only models with other layers have.
constexpr std::array<std::string_view, 7> kOtherLayers = {
    "mamba", "ssm_", "linear_attn", "linear_num", "lightning", "recurrent", "rwkv"};
// Of keys that say nothing of attention's work.
constexpr std::array<std::string_view, 10> kNotAttention = {
    "moe",    "mlp",    "ffn",          "expert",     "rope",
    "rotary", "swiglu", "intermediate", "activation", "token"};

template <class Parts>
bool holds_one(std::string_view name, Parts const& parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return name.find(part) != std::string_view::npos;
  });
}

/// Neither null, false, 0 nor empty.
bool is_set(Json const& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value != 0;
  return !value.is_null() && !value.empty();
}

[[noreturn]] void refuse(Config const& config, JsonPath const& place, std::string const& why,
                         std::int32_t layer = -1) {
  config.refuse(place, "(" + why + ") is not supported; full and sliding-window attention is",
                layer);
}

/// Kimi: its lists count layers from 1.
void expect_no_kda(Config const& config) {
  JsonPath const place = {"linear_attn_config", "kda_layers"};
  Json const list = config.at(place);
  if (!list.is_array() || list.empty()) return;
  bool const named = list[0].is_number_integer() && list[0] >= 1 && list[0] <= limits::kLayers;
  refuse(config, place, "linear attention; the list counts layers from 1",
         named ? list[0].get<std::int32_t>() - 1 : -1);
}

/// Nemotron-H and others name each layer, in a list or by a letter ('*': attention).
void expect_attention_everywhere(Config const& config) {
  std::string const why = "a layer without attention";
  for (char const* const key : {"layers_block_type", "block_types"}) {
    Json const list = config.at({key});
    for (std::size_t layer = 0; list.is_array() && layer < list.size(); ++layer) {
      if (list[layer] == "attention" || list[layer] == "full_attention") continue;
      refuse(config, {key, std::to_string(layer)}, why, static_cast<std::int32_t>(layer));
    }
  }
  std::string const letters = config.text({"hybrid_override_pattern"});
  std::size_t const layer = letters.find_first_not_of('*');
  if (layer == std::string::npos) return;
  refuse(config, {"hybrid_override_pattern"}, in_quotes(letters.substr(layer, 1)) + " is " + why,
         static_cast<std::int32_t>(layer));
}

/// MiniMax-M1 and M2: 1 is softmax attention.
void expect_only_softmax(Config const& config) {
  Json const list = config.at({"attn_type_list"});
  for (std::size_t layer = 0; list.is_array() && layer < list.size(); ++layer) {
    if (list[layer] == 1) continue;
    refuse(config, {"attn_type_list", std::to_string(layer)}, "linear attention",
           static_cast<std::int32_t>(layer));
  }
}

/// V of another width than K.
void expect_one_head_dim(Config const& config) {
  for (char const* const prefix : {"", "swa_"}) {
    std::string const v = std::string(prefix) + "v_head_dim";
    std::string const k = std::string(prefix) + "head_dim";
    if (config.has(v) && config.at({v}) != config.at({k})) {
      refuse(config, {v}, "V of another width than K");
    }
  }
}

/// One of the three meanings that sparse_attention_config has: MiniMax-M3's layer kinds.
void expect_known_sparse_config(Config const& config) {
  JsonPath const place = {"sparse_attention_config"};
  Json const value = config.at(place);
  if (!is_set(value)) return;
  if (!value.is_object() || !value.contains("sparse_attention_freq")) {
    refuse(config, place, "no list sparse_attention_freq");
  }
}

bool differs(Json const& list) {
  return std::any_of(list.begin(), list.end(), [&](Json const& one) { return one != list[0]; });
}

/// DeepSeek-V4: 0 is a layer without compression; the list may have further entries.
void expect_no_compression(Config const& config) {
  Json const list = config.at({"compress_ratios"});
  if (!list.is_array() && is_set(list)) refuse(config, {"compress_ratios"}, "compressed K and V");
  for (std::size_t layer = 0; list.is_array() && layer < list.size(); ++layer) {
    if (!is_set(list[layer])) continue;
    refuse(config, {"compress_ratios", std::to_string(layer)}, "compressed K and V",
           static_cast<std::int32_t>(layer));
  }
}

}  // namespace

void expect_known_lists(Config const& config, std::int32_t layers) {
  constexpr std::array<std::string_view, 8> kKnown = {"layer_types",
                                                      "hybrid_layer_pattern",
                                                      "block_configs",
                                                      "num_attention_heads",
                                                      "num_key_value_heads",
                                                      "num_key_value_heads_per_layer",
                                                      "head_dim",
                                                      "attn_type_list"};
  for (auto const& [name, value] : config.object().items()) {
    bool const per_layer = value.is_array() && value.size() >= static_cast<std::size_t>(layers) &&
                           value.size() <= static_cast<std::size_t>(layers) + 1 && layers > 1 &&
                           differs(value);
    if (!per_layer || holds_one(name, kNotAttention)) continue;
    if (std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end()) continue;
    refuse(config, {name}, "a value per layer whose meaning is not known here");
  }
}

void expect_known_attention(Config const& config) {
  expect_no_kda(config);
  expect_only_softmax(config);
  expect_attention_everywhere(config);
  expect_no_compression(config);
  for (Key const& key : kKeys) {
    std::string_view const name = key.name;
    bool const told_by_layers = (name == "full_attention_interval" && config.has("layer_types")) ||
                                (name == "attention_chunk_size" && lists_layers(config));
    if (is_set(config.at({key.name})) && !told_by_layers) refuse(config, {key.name}, key.why);
  }
  for (auto const& [name, value] : config.object().items()) {
    if (is_set(value) && holds_one(name, kOtherLayers)) {
      refuse(config, {name}, "layers without softmax attention");
    }
  }
  expect_one_head_dim(config);
  expect_known_sparse_config(config);
}

}  // namespace fluxscope::plan::hugging_face

#include "plan/decisions/hugging_face/layer_kinds.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace fluxscope::plan::hugging_face {
namespace {

using Json = nlohmann::json;
using Kinds = std::vector<OwnAttention>;

constexpr char const* kSupported =
    "is not supported (layers of full and of sliding-window attention are)";

OwnAttention window_of(Config const& config, JsonPath const& place) {
  return {.kind = OwnAttention::Kind::window, .tokens = config.integer(place, limits::kTokens)};
}

/// Refuses a list at `place` that has no value for each layer.
void expect_per_layer(Config const& config, JsonPath const& place, std::int32_t layers) {
  Json const list = config.at(place);
  Json const further = config.at({"num_nextn_predict_layers"});
  auto const most = layers + (further.is_number_integer() && further >= 0 && further <= layers
                                  ? further.get<std::int32_t>()
                                  : 0);
  if (!list.is_array()) config.refuse(place, "is no list (of a value per layer) mend it");
  auto const size = static_cast<std::int64_t>(list.size());
  if (size == layers || size == most) return;
  config.refuse(place, "has " + std::to_string(size) + " entries (num_hidden_layers is " +
                           std::to_string(layers) + ") give one per layer");
}

Kinds from_layer_types(Config const& config, std::int32_t layers) {
  expect_per_layer(config, {"layer_types"}, layers);
  Kinds kinds(static_cast<std::size_t>(layers));
  for (std::int32_t layer = 0; layer < layers; ++layer) {
    JsonPath const place = {"layer_types", std::to_string(layer)};
    std::string const type = config.text(place);
    if (type == "sliding_attention") {
      kinds[static_cast<std::size_t>(layer)] = window_of(config, {"sliding_window"});
    } else if (type != "full_attention") {
      config.refuse(place, kSupported, layer);
    }
  }
  return kinds;
}

Kinds from_hybrid_pattern(Config const& config, std::int32_t layers) {
  expect_per_layer(config, {"hybrid_layer_pattern"}, layers);
  std::string const window =
      config.has("sliding_window_size") ? "sliding_window_size" : "sliding_window";
  Kinds kinds(static_cast<std::size_t>(layers));
  for (std::int32_t layer = 0; layer < layers; ++layer) {
    JsonPath const place = {"hybrid_layer_pattern", std::to_string(layer)};
    Json const value = config.at(place);
    if (value == 1) {
      kinds[static_cast<std::size_t>(layer)] = window_of(config, {window});
    } else if (value != 0) {
      config.refuse(place, "is neither 0 (full) nor 1 (sliding window); mend it", layer);
    }
  }
  return kinds;
}

/// Of the first of `keys` in block `layer` that is set.
void expect_none_set(Config const& config, std::int32_t layer,
                     std::vector<std::string> const& keys) {
  for (std::string const& key : keys) {
    JsonPath const place = {"block_configs", std::to_string(layer), "attention", key};
    Json const value = config.at(place);
    if (!value.is_null() && value != false) config.refuse(place, kSupported, layer);
  }
}

Kinds from_blocks(Config const& config, std::int32_t layers) {
  Kinds kinds(static_cast<std::size_t>(layers));
  // Before the number of entries: what a block asks for is the likelier reason to stop.
  auto const there = std::min<std::size_t>(kinds.size(), config.at({"block_configs"}).size());
  for (std::size_t block = 0; block < there; ++block) {
    auto const layer = static_cast<std::int32_t>(block);
    expect_none_set(config, layer, {"no_op", "replace_with_linear", "sparsify", "num_sink_tokens"});
    JsonPath const window = {"block_configs", std::to_string(layer), "attention", "window_length"};
    if (!config.at(window).is_null()) kinds[block] = window_of(config, window);
  }
  expect_per_layer(config, {"block_configs"}, layers);
  return kinds;
}

/// Layers whose window no list tells: `is_full(layer)` does.
template <class IsFull>
Kinds by_rule(Config const& config, std::int32_t layers, IsFull const& is_full) {
  Kinds kinds(static_cast<std::size_t>(layers));
  auto const window = window_of(config, {"sliding_window"});
  for (std::int32_t layer = 0; layer < layers; ++layer) {
    if (!is_full(layer)) kinds[static_cast<std::size_t>(layer)] = window;
  }
  return kinds;
}

Kinds from_window(Config const& config, std::int32_t layers) {
  if (!config.has("sliding_window") || config.at({"use_sliding_window"}) == false) {
    return Kinds(static_cast<std::size_t>(layers));
  }
  if (config.at({"use_sliding_window"}) == true && config.has("max_window_layers")) {
    auto const first = config.at({"max_window_layers"}) == 0
                           ? 0
                           : config.integer({"max_window_layers"}, limits::kModelSize);
    return by_rule(config, layers, [&](std::int32_t layer) { return layer < first; });
  }
  std::string const type = config.text({"model_type"});
  if (config.has("sliding_window_pattern") || type == "gemma2") {
    auto const period = config.has("sliding_window_pattern")
                            ? config.integer({"sliding_window_pattern"}, layers)
                            : 2;
    return by_rule(config, layers, [&](std::int32_t layer) { return (layer + 1) % period == 0; });
  }
  std::vector<std::string> const all = {"mistral", "mixtral", "phi3", "starcoder2"};
  if (std::find(all.begin(), all.end(), type) != all.end()) {
    return by_rule(config, layers, [](std::int32_t) { return false; });
  }
  config.refuse({"sliding_window"},
                "does not say which layers have it (models differ) add layer_types, or "
                "\"use_sliding_window\": false");
}

/// MiniMax-M3: an index chooses the blocks that a layer reads.
void add_index_blocks(Config const& config, Kinds& kinds) {
  JsonPath const freq = {"sparse_attention_config", "sparse_attention_freq"};
  auto const layers = static_cast<std::int32_t>(kinds.size());
  expect_per_layer(config, freq, layers);
  auto const block_tokens =
      config.integer({"sparse_attention_config", "sparse_block_size"}, limits::kTokens);
  auto const blocks =
      config.integer({"sparse_attention_config", "sparse_topk_blocks"}, limits::kTokens);
  for (std::int32_t layer = 0; layer < layers; ++layer) {
    JsonPath const place = {freq[0], freq[1], std::to_string(layer)};
    Json const value = config.at(place);
    if (value != 0 && value != 1) {
      config.refuse(place, "is neither 0 (full) nor 1 (sparse); mend it", layer);
    }
    if (value == 0) continue;
    auto const tokens = std::min(limits::kTokens, std::int64_t{blocks} * block_tokens);
    kinds[static_cast<std::size_t>(layer)] = {.kind = OwnAttention::Kind::index_blocks,
                                              .tokens = static_cast<std::int32_t>(tokens)};
  }
}

}  // namespace

bool lists_layers(Config const& config) {
  return config.has("layer_types") || config.has("hybrid_layer_pattern") ||
         config.has("block_configs");
}

std::vector<OwnAttention> read_layer_kinds(Config const& config, std::int32_t layers) {
  Kinds kinds = config.has("layer_types")            ? from_layer_types(config, layers)
                : config.has("hybrid_layer_pattern") ? from_hybrid_pattern(config, layers)
                : config.has("block_configs")        ? from_blocks(config, layers)
                                                     : from_window(config, layers);
  if (config.at({"sparse_attention_config", "sparse_attention_freq"}).is_array()) {
    add_index_blocks(config, kinds);
  }
  bool const plain = std::all_of(kinds.begin(), kinds.end(), [](OwnAttention const& one) {
    return one.kind == OwnAttention::Kind::full;
  });
  return plain ? Kinds{} : kinds;
}

}  // namespace fluxscope::plan::hugging_face

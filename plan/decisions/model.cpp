#include "plan/decisions/model.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.hpp"
#include "base/files/config_path.hpp"
#include "base/files/text_file.hpp"
#include "base/limits.hpp"
#include "base/text/printable.hpp"
#include "plan/decisions/hugging_face/model.hpp"

namespace fluxscope::plan {
namespace {

using Kind = OwnAttention::Kind;

/// Marks the layers for which list `key` has tokens; 0 leaves a layer as it is.
void read_layer_tokens(TomlTable const& file, std::string const& key, Kind kind, Model& model) {
  if (!file.has(key)) return;
  auto const tokens = file.integers(key, {0, limits::kTokens});
  auto const layers = static_cast<std::size_t>(model.layers);
  if (tokens.size() != layers) {
    throw InputError(file.where(key) + ": " + key + " has " + std::to_string(tokens.size()) +
                     " numbers (layers is " + std::to_string(layers) + ") give one per layer, 0 " +
                     "where it reads all KV");
  }
  model.own.resize(layers);
  for (std::size_t layer = 0; layer < layers; ++layer) {
    if (tokens[layer] == 0) continue;
    if (model.own[layer].kind != Kind::full) {
      throw InputError(file.where(key) + ": layer " + std::to_string(layer) + " has a window and " +
                       key + " (it reads one of them) set one to 0");
    }
    model.own[layer] = {.kind = kind, .tokens = static_cast<std::int32_t>(tokens[layer])};
  }
}

Model model_from_toml(TomlTable const& file) {
  auto const size = [&](std::string const& key, std::int64_t most = limits::kModelSize) {
    return static_cast<std::int32_t>(file.integer(key, {1, most}));
  };
  Model model{.name = file.label("name"),
              .layers = size("layers", limits::kLayers),
              .hidden_size = size("hidden_size"),
              .intermediate_size = size("intermediate_size"),
              .vocab_size = size("vocab_size"),
              .attention = {.q_heads = size("q_heads", limits::kHeads),
                            .kv_heads = size("kv_heads", limits::kHeads),
                            .head_dim = size("head_dim")},
              .qk_norm = file.boolean_or("qk_norm", false),
              .tied_embedding = file.boolean_or("tied_embedding", false)};
  if (file.has("experts")) model.experts = size("experts");
  read_layer_tokens(file, "layer_windows_tokens", Kind::window, model);
  read_layer_tokens(file, "layer_index_tokens", Kind::index_blocks, model);
  file.close();
  try {
    validate(model.attention, Phase::prefill);
  } catch (InputError const& error) {
    throw InputError(file.where("q_heads") + ": " + error.what());
  }
  return model;
}

}  // namespace

void expect_equal_heads(Model const& model, std::string const& where, std::string const& what) {
  auto const text = [&](std::int32_t layer) {
    AttentionShape const& shape = model.shape_of(layer);
    return "layer " + std::to_string(layer) + " has " + std::to_string(shape.q_heads) + " over " +
           std::to_string(shape.kv_heads);
  };
  for (std::int32_t layer = 1; layer < model.layers; ++layer) {
    if (model.shape_of(layer) == model.shape_of(0)) continue;
    throw InputError(where + ": " + what + " (query heads over KV heads of " + model.name + ": " +
                     text(0) + ", " + text(layer) +
                     ") use policies that decide per layer, in an experiment of layers");
  }
}

Model load_model(std::string const& path) {
  std::string const text = read_text_file(path);
  std::size_t const first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && text[first] == '{') return hugging_face::model_from(text, path);
  return model_from_toml(TomlTable::parse(text, path));
}

Model read_model_key(TomlTable const& file, std::string const& folder) {
  std::string const name = file.text("model");
  try {
    return load_model(names_a_path(name) ? (std::filesystem::path(folder) / name).string()
                                         : config_path("models", name));
  } catch (InputError const& error) {
    throw InputError(file.where("model") + ": model: " + error.what());
  }
}

std::vector<FileFormat> model_formats() {
  std::string const use = "model = \"PATH\", or --model PATH";
  return {
      {"model, TOML", "sizes and layer map; configs/models has examples", use},
      {"Hugging Face config.json", "full and sliding-window attention, head_dim 64 or 128", use}};
}

Model model_of_flag(std::string const& flag) {
  try {
    return load_model(config_path("models", flag));
  } catch (InputError const& error) {
    throw InputError(std::string("--model: ") + error.what());
  }
}

std::string with_model_flag(std::string const& toml, std::string const& flag) {
  return flag.empty() ? toml : "# --model " + printable(flag) + "\n" + toml;
}

std::string own_attention_text(Model const& model) {
  std::map<std::string, std::int32_t> layers;  // by what they read
  for (OwnAttention const& own : model.own) {
    if (own.kind == Kind::full) continue;
    ++layers[(own.kind == Kind::window ? "window " : "index ") + std::to_string(own.tokens)];
  }
  std::string text;
  for (auto const& [what, count] : layers) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " of " +
            std::to_string(model.layers) + ": " + what;
  }
  return text.empty() ? "-" : text;
}

std::string own_attention_note(Model const& model) {
  auto const sparse = std::count_if(model.own.begin(), model.own.end(),
                                    [](auto const& layer) { return layer.kind != Kind::full; });
  if (sparse == 0) return {};
  return std::to_string(sparse) + " of the " + std::to_string(model.layers) + " layers of " +
         model.name +
         " do not read all KV by the model's own design; policies decide for them too, only "
         "own_windows keeps it";
}

}  // namespace fluxscope::plan

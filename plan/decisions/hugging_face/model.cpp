#include "plan/decisions/hugging_face/model.hpp"

#include <filesystem>

#include "base/limits.hpp"
#include "base/text/label.hpp"
#include "plan/decisions/hugging_face/config.hpp"
#include "plan/decisions/hugging_face/layer_kinds.hpp"
#include "plan/decisions/hugging_face/layer_shapes.hpp"
#include "plan/decisions/hugging_face/unsupported.hpp"

namespace fluxscope::plan::hugging_face {
namespace {

namespace fs = std::filesystem;

std::string name_of(Config const& config) {
  fs::path const path(config.path());
  std::string const stem = path.stem().string();
  for (std::string const& name : {stem == "config" ? path.parent_path().filename().string() : stem,
                                  config.text({"model_type"})}) {
    if (name != "." && name != ".." && !label_problem(name)) return name;
  }
  return "config.json";
}

/// Of the first key that the file has; 0 without one.
std::int32_t first_of(Config const& config, std::initializer_list<char const*> keys) {
  for (char const* const key : keys) {
    if (config.has(key)) return config.integer({key}, limits::kModelSize);
  }
  return 0;
}

/// Of an MLP, or of one expert.
std::int32_t read_intermediate_size(Config const& config, std::int32_t experts) {
  if (experts > 0 && config.has("moe_intermediate_size")) {
    return config.integer({"moe_intermediate_size"}, limits::kModelSize);
  }
  return config.integer({"intermediate_size"}, limits::kModelSize);
}

bool is_true(Config const& config, std::string const& key) {
  auto const value = config.at({key});
  return value.is_boolean() && value.get<bool>();
}

/// Absent where it is what the type's class in transformers has: untied but for Gemma.
bool read_tied_embedding(Config const& config) {
  if (config.has("tie_word_embeddings")) return is_true(config, "tie_word_embeddings");
  return config.text({"model_type"}).starts_with("gemma");
}

/// Qwen3 has these norms without a key for them.
bool read_qk_norm(Config const& config) {
  return config.text({"model_type"}).starts_with("qwen3") || is_true(config, "use_qk_norm");
}

}  // namespace

Model model_from(std::string const& text, std::string const& path) {
  Config const config(text, path);
  // A list of layers says which layer it is; without one the keys say what is not supported, before
  // any other key is missed.
  bool const has_list = lists_layers(config);
  if (!has_list) expect_known_attention(config);
  Model model{.name = name_of(config),
              .layers = config.integer({"num_hidden_layers"}, limits::kLayers)};
  model.own = read_layer_kinds(config, model.layers);
  if (has_list) expect_known_attention(config);
  expect_known_lists(config, model.layers);
  read_shapes(config, model);
  model.hidden_size = config.integer({"hidden_size"}, limits::kModelSize);
  model.experts = first_of(config, {"num_local_experts", "num_experts", "n_routed_experts"});
  model.intermediate_size = read_intermediate_size(config, model.experts);
  model.vocab_size = config.integer({"vocab_size"}, limits::kModelSize);
  model.qk_norm = read_qk_norm(config);
  model.tied_embedding = read_tied_embedding(config);
  return model;
}

}  // namespace fluxscope::plan::hugging_face

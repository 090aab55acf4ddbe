#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/layer/layer_plan.hpp"

namespace fluxscope::plan {

/// What one layer reads by the model's own design, before any policy decides.
struct OwnAttention {
  enum class Kind : std::uint8_t {
    full,
    window,        ///< the last `tokens` positions
    index_blocks,  ///< blocks of `tokens` together, which an index of the layer chooses: no policy
                   ///< plans such layers
  };
  Kind kind = Kind::full;
  std::int32_t tokens = 0;

  friend bool operator==(OwnAttention const&, OwnAttention const&) = default;
};

/// A transformer's shape.
struct Model {
  std::string name;
  std::int32_t layers = 0;
  std::int32_t hidden_size = 0;
  std::int32_t intermediate_size = 0;  ///< of one expert, where there are experts
  std::int32_t vocab_size = 0;
  AttentionShape attention;
  std::vector<OwnAttention> own;  ///< [layers]; empty: every layer reads all KV
  std::int32_t experts = 0;       ///< of a layer; 0: one dense MLP
  bool qk_norm = false;           ///< each head of Q and K is normed before the rotary embedding
  bool tied_embedding = false;    ///< the LM head is the embedding
};

/// Reads a model file: our TOML (configs/models/<name>.toml), or a Hugging Face config.json, told
/// by its first character, a '{'. Throws InputError with file:line.
[[nodiscard]] Model load_model(std::string const& path);

/// The model that the flag --model names: a name in configs/models, or a path. Throws InputError.
[[nodiscard]] Model model_of_flag(std::string const& flag);

/// The text of a config file as it is recorded where the flag --model stands in for its model: with
/// a comment that says so before it. Unchanged for an empty flag.
[[nodiscard]] std::string with_model_flag(std::string const& toml, std::string const& flag);

/// What to tell a user whose policies do not keep the model's own pattern; empty without one.
[[nodiscard]] std::string own_attention_note(Model const& model);

}  // namespace fluxscope::plan

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/files/file_format.hpp"
#include "base/toml/reader.hpp"
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
  /// Of every layer. Where layers differ in their heads: as many KV heads as any has, in groups as
  /// large as any has.
  AttentionShape attention;
  std::vector<AttentionShape> shapes;  ///< [layers], where they differ in their heads; else empty
  std::vector<OwnAttention> own;       ///< [layers]; empty: every layer reads all KV
  std::int32_t experts = 0;            ///< of a layer; 0: one dense MLP
  bool qk_norm = false;         ///< each head of Q and K is normed before the rotary embedding
  bool tied_embedding = false;  ///< the LM head is the embedding

  [[nodiscard]] AttentionShape const& shape_of(std::int32_t layer) const {
    return shapes.empty() ? attention : shapes.at(static_cast<std::size_t>(layer));
  }
};

/// Throws InputError "WHERE: WHAT ..." naming two layers that differ in their heads, if any do.
void expect_equal_heads(Model const& model, std::string const& where, std::string const& what);

/// Reads a model file: our TOML (configs/models/<name>.toml), or a Hugging Face config.json, told
/// by its first character, a '{'. Keys of the TOML:
///   name, layers, hidden_size, intermediate_size, vocab_size, q_heads, kv_heads, head_dim
///   qk_norm, tied_embedding  default false
///   experts                  of a layer; default: one dense MLP
///   layer_windows_tokens     [layers], the sliding window of each layer; 0: it reads all KV
///   layer_index_tokens       [layers], tokens of the blocks that an index chooses; 0: none
/// Throws InputError with file:line.
[[nodiscard]] Model load_model(std::string const& path);

/// The model that a file's key `model` names: a name in configs/models, or a path relative to
/// `folder`. Throws InputError with file:line.
[[nodiscard]] Model read_model_key(TomlTable const& file, std::string const& folder);

/// The formats that load_model() reads, a row each.
[[nodiscard]] std::vector<FileFormat> model_formats();

/// The model that the flag --model names: a name in configs/models, or a path. Throws InputError.
[[nodiscard]] Model model_of_flag(std::string const& flag);

/// The text of a config file as it is recorded where the flag --model stands in for its model: with
/// a comment that says so before it. Unchanged for an empty flag.
[[nodiscard]] std::string with_model_flag(std::string const& toml, std::string const& flag);

/// The layers that do not read all KV by the model's own design: "12 of 24: window 128"; "-" where
/// all do.
[[nodiscard]] std::string own_attention_text(Model const& model);

/// What to tell a user whose policies do not keep the model's own pattern; empty without one.
[[nodiscard]] std::string own_attention_note(Model const& model);

}  // namespace fluxscope::plan

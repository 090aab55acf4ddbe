#include "plan/decisions/model.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/files/config_path.hpp"
#include "base/files/text_file.hpp"
#include "base/limits.hpp"
#include "base/text/printable.hpp"
#include "base/toml/reader.hpp"
#include "plan/decisions/hugging_face/model.hpp"

namespace fluxscope::plan {
namespace {

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
  file.close();
  try {
    validate(model.attention, Phase::prefill);
  } catch (InputError const& error) {
    throw InputError(file.where("q_heads") + ": " + error.what());
  }
  return model;
}

}  // namespace

Model load_model(std::string const& path) {
  std::string const text = read_text_file(path);
  std::size_t const first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && text[first] == '{') return hugging_face::model_from(text, path);
  return model_from_toml(TomlTable::parse(text, path));
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

std::string own_attention_note(Model const& model) {
  auto const sparse = std::count_if(model.own.begin(), model.own.end(), [](auto const& layer) {
    return layer.kind != OwnAttention::Kind::full;
  });
  if (sparse == 0) return {};
  return std::to_string(sparse) + " of the " + std::to_string(model.layers) + " layers of " +
         model.name +
         " do not read all KV by the model's own design; policies decide for them too, only "
         "own_windows keeps it";
}

}  // namespace fluxscope::plan

#include "plan/decisions/model.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/toml/reader.hpp"

namespace fluxscope::plan {

Model load_model(std::string const& path) {
  auto const file = TomlTable::load(path);
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
                            .head_dim = size("head_dim")}};
  file.close();
  try {
    validate(model.attention, Phase::prefill);
  } catch (InputError const& error) {
    throw InputError(file.where("q_heads") + ": " + error.what());
  }
  return model;
}

}  // namespace fluxscope::plan

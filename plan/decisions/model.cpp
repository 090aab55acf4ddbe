#include "plan/decisions/model.hpp"

#include "base/error.hpp"
#include "base/toml/reader.hpp"

namespace fluxscope::plan {

Model load_model(std::string const& path) {
  auto const file = TomlTable::load(path);
  auto const size = [&](std::string const& key) {
    return static_cast<std::int32_t>(file.integer(key, {1, 1 << 24}));
  };
  Model model{
      .name = file.text("name"),
      .layers = size("layers"),
      .hidden_size = size("hidden_size"),
      .intermediate_size = size("intermediate_size"),
      .vocab_size = size("vocab_size"),
      .attention = {
          .q_heads = size("q_heads"), .kv_heads = size("kv_heads"), .head_dim = size("head_dim")}};
  file.close();
  try {
    validate(model.attention, Phase::prefill);
  } catch (InputError const& error) {
    throw InputError(file.where("q_heads") + ": " + error.what());
  }
  return model;
}

}  // namespace fluxscope::plan

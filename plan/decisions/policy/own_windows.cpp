#include "plan/decisions/policy/keys.hpp"

namespace fluxscope::plan {
namespace {

using Kind = OwnAttention::Kind;

std::string layer_text(std::size_t layer) { return "layer " + std::to_string(layer); }

/// The one window of the model's layers. Throws InputError where there is none, another kind, or
/// several.
std::int32_t window_tokens(TomlTable const& table, Model const& model) {
  auto const refuse = [&](std::string const& problem) {
    throw InputError(table.where("name") + ": policy " + table.text("name") + ": " + problem);
  };
  std::int32_t tokens = 0;
  std::size_t first = 0;
  for (std::size_t layer = 0; layer < model.own.size(); ++layer) {
    OwnAttention const& own = model.own[layer];
    if (own.kind == Kind::index_blocks) {
      refuse(layer_text(layer) + " of " + model.name + " reads blocks of " +
             std::to_string(own.tokens) +
             " tokens that an index chooses (layers of full attention and of one sliding window "
             "are supported) take another policy");
    }
    if (own.kind == Kind::full) continue;
    if (tokens == 0) tokens = own.tokens, first = layer;
    if (own.tokens == tokens) continue;
    refuse(layer_text(first) + " of " + model.name + " has a window of " + std::to_string(tokens) +
           " tokens, " + layer_text(layer) + " one of " + std::to_string(own.tokens) +
           " (one window for all is supported) take another policy");
  }
  if (tokens == 0) {
    refuse("no layer of " + model.name +
           " has a window of its own (the model's config.json states them) take policy full");
  }
  return tokens;
}

}  // namespace

/// own_windows: no keys. Layers with a sliding window of the model's own read it, the others all.
GateMaker read_own_windows(TomlTable const& table, PolicyContext const& context) {
  Model const& model = context.model;
  (void)window_tokens(table, model);
  Gates gates = full_gates(model, 1);
  for (std::int32_t layer = 0; layer < model.layers; ++layer) {
    bool const full = model.own[static_cast<std::size_t>(layer)].kind == Kind::full;
    for (std::int32_t head = 0; head < gates.kv_heads; ++head) gates.at(0, layer, head) = full;
  }
  return shared(std::move(gates));
}

Selection own_window(TomlTable const& table, PolicyContext const& context) {
  return {.kind = SelectionKind::streaming, .local_tokens = window_tokens(table, context.model)};
}

}  // namespace fluxscope::plan

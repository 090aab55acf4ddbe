#include <fmt/format.h>

#include <algorithm>

#include "plan/decisions/policy/keys.hpp"

namespace fluxscope::plan {
namespace {

using Kind = OwnAttention::Kind;

[[noreturn]] void refuse(TomlTable const& table, std::string const& problem) {
  throw InputError(table.where("name") + ": policy " + table.text("name") + ": " + problem);
}

/// The window of each layer that has one, and of those whose blocks an index chooses where key
/// index_blocks asks for it; 0: the layer reads all KV.
std::vector<std::int32_t> windows(TomlTable const& table, Model const& model) {
  bool const as_window = table.has("index_blocks") &&
                         table.choice("index_blocks", {"as_window", "refuse"}) == "as_window";
  std::vector<std::int32_t> tokens;
  for (OwnAttention const& own : model.own) {
    if (own.kind == Kind::index_blocks && !as_window) {
      refuse(table, fmt::format("layer {} of {} reads blocks of {} tokens that an index chooses "
                                "(layers of full attention and of sliding windows are supported) "
                                "take another policy, or set index_blocks = \"as_window\": a "
                                "window of as many tokens in their place",
                                tokens.size(), model.name, own.tokens));
    }
    tokens.push_back(own.kind == Kind::full ? 0 : own.tokens);
  }
  if (std::all_of(tokens.begin(), tokens.end(), [](std::int32_t one) { return one == 0; })) {
    refuse(table, "no layer of " + model.name +
                      " has a window of its own (the model's file states them) take policy full");
  }
  return tokens;
}

std::vector<std::string> index_notes(Model const& model) {
  auto const is_index = [](OwnAttention const& own) { return own.kind == Kind::index_blocks; };
  auto const layers = std::count_if(model.own.begin(), model.own.end(), is_index);
  if (layers == 0) return {};
  auto const first = std::find_if(model.own.begin(), model.own.end(), is_index);
  return {
      fmt::format("{} layers of {} read a window in place of blocks of as many tokens ({} in "
                  "layer {}) that an index chooses; the index's own time is not in it",
                  layers, model.name, first->tokens, first - model.own.begin())};
}

}  // namespace

/// own_windows: layers with a sliding window of the model's own read it, the others all.
///   index_blocks  what a layer does whose blocks an index chooses (MiniMax-M3): "refuse"
///   (default),
///                 or "as_window": it reads a window of as many tokens
Decisions read_own_windows(TomlTable const& table, PolicyContext const& context) {
  Model const& model = context.model;
  auto const tokens = windows(table, model);
  auto const some = std::find_if(tokens.begin(), tokens.end(), [](auto one) { return one > 0; });
  Gates gates = full_gates(model, 1);
  Decisions decisions{.notes = index_notes(model)};
  for (std::int32_t layer = 0; layer < model.layers; ++layer) {
    std::int32_t const window = tokens[static_cast<std::size_t>(layer)];
    for (std::int32_t head = 0; head < gates.kv_heads; ++head) {
      gates.at(0, layer, head) = window == 0 ? 1 : 0;
    }
    // A full layer has no sparse heads: what they would read makes no difference.
    decisions.own_sparse.push_back(
        {.kind = SelectionKind::streaming, .local_tokens = window == 0 ? *some : window});
  }
  decisions.gates = shared(std::move(gates));
  return decisions;
}

}  // namespace fluxscope::plan

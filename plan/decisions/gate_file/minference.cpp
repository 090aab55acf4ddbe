#include "base/error.hpp"
#include "base/text/printable.hpp"
#include "plan/decisions/gate_file/formats.hpp"

namespace fluxscope::plan::detail {
namespace {

using Json = nlohmann::json;

/// 1 for the types that look for tokens anywhere in the context.
std::uint8_t is_full(PatternFile const& file, JsonPath const& place, Json const& value) {
  bool const form = value.is_array() && value.size() == 4 && value[0].is_string() &&
                    value[1].is_number() && value[2].is_number() && value[3].is_number();
  auto const where = "layer " + place[0] + ", head " + place[1] + ": ";
  if (!form) {
    file.refuse(place, where + shown(value.dump()) + " is not [type, number, number, score].");
  }
  auto const type = value[0].get<std::string>();
  if (type == "stream_llm") return 0;
  if (type == "vertical_and_slash" || type == "block_sparse") return 1;
  file.refuse(place, where + in_quotes(type) +
                         " is no type of head; expected stream_llm, vertical_and_slash or "
                         "block_sparse.");
}

}  // namespace

Gates read_minference(std::string const& path, Model const& model) {
  PatternFile const file = read_pattern_file(path);
  auto const layers = static_cast<std::size_t>(model.layers);
  auto const heads = static_cast<std::size_t>(model.attention.q_heads);
  if (file.root.size() != layers) {
    file.refuse({}, std::to_string(file.root.size()) + " layers, but " + model.name + " has " +
                        std::to_string(layers) + ". Take the pattern of this model.");
  }
  std::vector<std::uint8_t> full;
  for (std::size_t layer = 0; layer < layers; ++layer) {
    Json const& of_layer = file.root[layer];
    std::string const at = std::to_string(layer);
    if (!of_layer.is_object() || of_layer.size() != heads) {
      file.refuse({at}, "layer " + at + " has " +
                            (of_layer.is_object() ? std::to_string(of_layer.size()) : "no") +
                            " heads, but " + model.name + " has " + std::to_string(heads) +
                            " query heads. Take the pattern of this model.");
    }
    for (std::size_t head = 0; head < heads; ++head) {
      std::string const key = std::to_string(head);
      if (!of_layer.contains(key)) {
        file.refuse({at},
                    "layer " + at + " has no head \"" + key + "\" (every head needs a type).");
      }
      full.push_back(is_full(file, {at, key}, of_layer[key]));
    }
  }
  return grouped_gates(model, full);
}

}  // namespace fluxscope::plan::detail

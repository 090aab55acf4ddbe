#include <nlohmann/json.hpp>

#include <sstream>

#include "base/error.hpp"
#include "base/toml/reader.hpp"
#include "plan/decisions/gate_file/gate_file.hpp"

namespace fluxscope::plan::detail {
namespace {

using Json = nlohmann::json;

std::uint8_t gate_of(Json const& value, std::string const& where) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number_integer() && (value == 0 || value == 1)) return value.get<std::uint8_t>();
  throw InputError(where + "a decision is " + value.dump() + ", expected 0 or 1.");
}

/// Appends the decisions of one layer: one value for all heads, or one per KV head.
void append_layer(Json const& layer, std::size_t heads, std::string const& where,
                  std::vector<std::uint8_t>& full) {
  if (!layer.is_array()) {
    full.insert(full.end(), heads, gate_of(layer, where));
    return;
  }
  if (layer.size() != heads) {
    throw InputError(where + "a layer has " + std::to_string(layer.size()) +
                     " decisions, the model has " + std::to_string(heads) + " KV heads.");
  }
  for (Json const& value : layer) full.push_back(gate_of(value, where));
}

}  // namespace

Gates read_gate_jsonl(std::string const& path, Model const& model) {
  std::istringstream file(read_text_file(path));
  Gates gates{.layers = model.layers, .kv_heads = model.attention.kv_heads};
  std::string line;
  for (std::int64_t number = 1; std::getline(file, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    std::string const where = path + ":" + std::to_string(number) + ": ";
    Json const request = Json::parse(line, nullptr, false);
    if (!request.is_object() || !request.contains("full") || !request["full"].is_array()) {
      throw InputError(where + "not a JSON object with a list \"full\" (one entry per layer).");
    }
    Json const& layers = request["full"];
    if (layers.size() != static_cast<std::size_t>(model.layers)) {
      throw InputError(where + std::to_string(layers.size()) + " layers, but " + model.name +
                       " has " + std::to_string(model.layers) + " (every layer needs a decision).");
    }
    for (Json const& layer : layers) {
      append_layer(layer, static_cast<std::size_t>(gates.kv_heads), where, gates.full);
    }
    ++gates.requests;
  }
  if (gates.requests == 0) throw InputError(path + ":1: no decisions. Add a line per request.");
  return gates;
}

}  // namespace fluxscope::plan::detail

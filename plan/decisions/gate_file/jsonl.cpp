#include "base/error.hpp"
#include "base/files/text_file.hpp"
#include "base/json/parse.hpp"
#include "base/text/printable.hpp"
#include "plan/decisions/gate_file/formats.hpp"

namespace fluxscope::plan::detail {
namespace {

using Json = nlohmann::json;

std::uint8_t gate_of(Json const& value, std::string const& where) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number_integer() && (value == 0 || value == 1)) return value.get<std::uint8_t>();
  throw InputError(where + "a decision is " + shown(value.dump()) + ", expected 0 or 1.");
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

void append_request(std::string const& line, Model const& model, std::string const& where,
                    Gates& gates) {
  Json const request = parse_json(line, where);
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

}  // namespace

Gates read_gate_jsonl(std::string const& path, Model const& model) {
  LineReader file(path, limits::kGateFileBytes);
  Gates gates{.layers = model.layers, .kv_heads = model.attention.kv_heads};
  for (std::string line; file.next(line);) {
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    append_request(line, model, file.where(), gates);
    expect_decisions(static_cast<std::int64_t>(gates.full.size()), path);
  }
  if (gates.requests == 0) throw InputError(path + ":1: no decisions. Add a line per request.");
  return gates;
}

}  // namespace fluxscope::plan::detail

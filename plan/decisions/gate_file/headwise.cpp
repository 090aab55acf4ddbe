#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/text/printable.hpp"
#include "plan/decisions/gate_file/formats.hpp"

namespace fluxscope::plan::detail {
namespace {

using Json = nlohmann::json;

constexpr std::array<char const*, 3> kNumbers = {"sink_token_num", "swa_token_num",
                                                 "seqlen_threshold"};

std::vector<std::uint8_t> layer_of(PatternFile const& file, JsonPath const& place,
                                   Json const& values, Model const& model) {
  auto const heads = static_cast<std::size_t>(model.attention.q_heads);
  std::string const layer = "layer " + place.back();
  if (!values.is_array() || values.size() != heads) {
    file.refuse(place, layer + " has " +
                           (values.is_array() ? std::to_string(values.size()) : "no") +
                           " decisions, but " + model.name + " has " + std::to_string(heads) +
                           " query heads. Take the pattern of this model.");
  }
  std::vector<std::uint8_t> full;
  for (Json const& value : values) {
    bool const one = value.is_boolean() ? value.get<bool>() : value.is_number() && value == 1;
    bool const zero = value.is_boolean() ? !value.get<bool>() : value.is_number() && value == 0;
    if (!one && !zero) {
      file.refuse(place, layer + ": a decision is " + shown(value.dump()) + ", expected 0 or 1.");
    }
    full.push_back(one ? 1 : 0);
  }
  return full;
}

/// The number of the layer that `key` names; -1 for another key.
std::int64_t layer_number(std::string const& key, std::int64_t layers) {
  bool const digits =
      !key.empty() && key.size() <= 6 && key.find_first_not_of("0123456789") == std::string::npos;
  std::int64_t const number = digits ? std::stoll(key) : -1;
  return number < layers && std::to_string(number) == key ? number : -1;
}

}  // namespace

Gates read_headwise(std::string const& path, Model const& model) {
  PatternFile const file = read_pattern_file(path);
  bool const inside = file.root.contains("headwise_config");
  JsonPath const prefix = inside ? JsonPath{"headwise_config"} : JsonPath{};
  Json const& config = inside ? file.root["headwise_config"] : file.root;
  if (!config.is_object()) file.refuse(prefix, "headwise_config is no JSON object.");
  auto const heads = static_cast<std::size_t>(model.attention.q_heads);
  std::vector<std::uint8_t> full(heads * static_cast<std::size_t>(model.layers), 1);
  bool any = false;
  for (auto const& [key, value] : config.items()) {
    JsonPath place = prefix;
    place.push_back(key);
    if (std::find(kNumbers.begin(), kNumbers.end(), key) != kNumbers.end()) continue;
    std::int64_t const layer = layer_number(key, model.layers);
    if (layer < 0) {
      file.refuse(place, in_quotes(key) + " is none of the " + std::to_string(model.layers) +
                             " layers of " + model.name +
                             " (they are \"0\" and on). Take the pattern of this model.");
    }
    auto const values = layer_of(file, place, value, model);
    std::copy(values.begin(), values.end(),
              full.begin() + layer * static_cast<std::ptrdiff_t>(heads));
    any = true;
  }
  if (!any) file.refuse(prefix, "no layer has decisions (all would be full). Add \"0\": [...].");
  return grouped_gates(model, full);
}

}  // namespace fluxscope::plan::detail

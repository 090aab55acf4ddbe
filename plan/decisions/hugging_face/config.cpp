#include "plan/decisions/hugging_face/config.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/error.hpp"
#include "base/json/parse.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"

namespace fluxscope::plan::hugging_face {
namespace {

using Json = nlohmann::json;

// Where models of several kinds of input have their text model, the outer one first: Qwen-Omni has
// two levels, most have "text_config", InternVL "llm_config", DeepSeek-VL "language_config".
constexpr std::array kTextModels = {"thinker_config", "text_config", "llm_config",
                                    "language_config"};

/// Python writes numbers that are not finite as bare words, which are no JSON: each becomes null,
/// on the same line. Nothing that is read here may be one.
std::string without_infinities(std::string text) {
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && quoted) {
      ++at;
    } else if (text[at] == '"') {
      quoted = !quoted;
    }
    if (quoted) continue;
    for (std::string_view const word : {"-Infinity", "Infinity", "NaN"}) {
      if (text.compare(at, word.size(), word) != 0) continue;
      std::string null(std::max<std::size_t>(word.size(), 4), ' ');
      text.replace(at, word.size(), null.replace(0, 4, "null"));
      break;
    }
  }
  return text;
}

/// A value's text in one line.
std::string in_one_line(std::string_view value) {
  std::string text;
  for (char const c : value) {
    bool const blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    bool const ends = c == ']' || c == '}' || c == ',';
    if (ends && !text.empty() && text.back() == ' ') text.pop_back();
    if (!blank) text += c;
    if (blank && !text.empty() && text.back() != ' ' && text.back() != '[') text += ' ';
  }
  return text;
}

std::string dotted(JsonPath const& place) {
  std::string text;
  for (std::string const& step : place) text += (text.empty() ? "" : ".") + step;
  return text;
}

/// The number of a list's entry; for another key one that no list has.
std::size_t entry(std::string const& step) {
  bool const digits = step.size() < 10 && step.find_first_not_of("0123456789") == step.npos;
  return digits && !step.empty() ? std::stoul(step) : std::numeric_limits<std::size_t>::max();
}

/// "; is 'num_layers' it?" for a key that is absent.
std::string near_key(Json const& object, std::string const& key) {
  std::vector<std::string> keys;
  for (auto const& [name, value] : object.items()) keys.push_back(name);
  auto const near = near_miss(key, keys);
  return near ? "; is " + in_quotes(*near) + " it?" : "";
}

}  // namespace

Config::Config(std::string text, std::string path)
    : text_(without_infinities(std::move(text))),
      path_(std::move(path)),
      object_(parse_json(text_, path_ + ": ")) {
  if (!object_.is_object()) {
    throw InputError(path_ + ":1: no JSON object (a model's config.json is one) check the file");
  }
  for (char const* const key : kTextModels) {
    if (!object_.contains(key) || !object_[key].is_object()) continue;
    prefix_.emplace_back(key);
    Json const inner = object_[key];
    object_ = inner;
  }
}

bool Config::has(std::string const& key) const {
  return object_.contains(key) && !object_[key].is_null();
}

Json Config::at(JsonPath const& place) const {
  Json const* value = &object_;
  for (std::string const& step : place) {
    if (value->is_object() && value->contains(step)) {
      value = &(*value)[step];
    } else if (value->is_array() && entry(step) < value->size()) {
      value = &(*value)[entry(step)];
    } else {
      return nullptr;
    }
  }
  return *value;
}

std::int32_t Config::integer(JsonPath const& place, std::int64_t most) const {
  Json const value = at(place);
  if (value.is_null()) {
    refuse(place, "is missing (is it a language model's config.json?) add it" +
                      (place.size() == 1 ? near_key(object_, place[0]) : ""));
  }
  bool const fits = value.is_number_integer() && value >= 1 && value <= most;
  if (!fits) refuse(place, "is no whole number from 1 to " + std::to_string(most) + "; mend it");
  return value.get<std::int32_t>();
}

std::string Config::text(JsonPath const& place) const {
  Json const value = at(place);
  return value.is_string() ? value.get<std::string>() : "";
}

void Config::refuse(JsonPath const& place, std::string const& problem, std::int32_t layer) const {
  JsonPath whole = prefix_;
  whole.insert(whole.end(), place.begin(), place.end());
  auto const value = json_text_of(text_, whole);
  throw InputError(path_ + ":" + std::to_string(json_line(text_, whole)) + ": " +
                   (layer < 0 ? "" : "layer " + std::to_string(layer) + ": ") +
                   shown(dotted(place)) + (value ? " = " + shown(in_one_line(*value)) : "") +
                   (problem.starts_with(':') ? "" : " ") + problem);
}

}  // namespace fluxscope::plan::hugging_face

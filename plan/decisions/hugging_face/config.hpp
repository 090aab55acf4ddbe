#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "base/json/place.hpp"

namespace fluxscope::plan::hugging_face {

/// A config.json, and the object in it that describes the text model: "text_config" or the like
/// where there is one. Paths begin in that object. A key whose value is null counts as absent.
class Config {
 public:
  /// Throws InputError for text that parse_json() refuses or that is no object.
  Config(std::string text, std::string path);

  [[nodiscard]] bool has(std::string const& key) const;
  /// Null where the value is absent.
  [[nodiscard]] nlohmann::json at(JsonPath const& place) const;
  [[nodiscard]] nlohmann::json const& object() const { return object_; }
  /// A whole number from 1 to `most`. Throws InputError, also where it is absent.
  [[nodiscard]] std::int32_t integer(JsonPath const& place, std::int64_t most) const;
  /// A text, or "" where there is none.
  [[nodiscard]] std::string text(JsonPath const& place) const;
  [[nodiscard]] std::string const& path() const { return path_; }

  /// Throws InputError "file:line: KEY = VALUE PROBLEM" (no blank before a colon), with "layer N: "
  /// before the key from 0 on.
  [[noreturn]] void refuse(JsonPath const& place, std::string const& problem,
                           std::int32_t layer = -1) const;

 private:
  std::string text_;
  std::string path_;
  JsonPath prefix_;
  nlohmann::json object_;
};

}  // namespace fluxscope::plan::hugging_face

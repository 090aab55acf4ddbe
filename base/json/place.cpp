#include "base/json/place.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace fluxscope {
namespace {

/// Walks over text that is known to be JSON.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) { skip_blanks(); }

  /// From a value to the one at `step` inside it. False where it has none.
  bool enter(std::string const& step) {
    char const open = next();
    if (open != '{' && open != '[') return false;
    ++at_;
    skip_blanks();
    for (std::int64_t i = 0; next() != '}' && next() != ']'; ++i) {
      if (open == '{' ? key() == step : std::to_string(i) == step) return true;
      (void)value();
      if (next() == ',') ++at_;
      skip_blanks();
    }
    return false;
  }

  /// Takes the value here.
  std::string_view value() {
    std::size_t const begin = at_;
    int depth = 0;
    do {
      char const c = next();
      if (c == '"') {
        skip_string();
      } else if (c == '{' || c == '[') {
        ++depth, ++at_;
      } else if (c == '}' || c == ']') {
        --depth, ++at_;
      } else if (depth == 0) {
        at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
      } else {
        ++at_;
      }
    } while (depth > 0 && at_ < text_.size());
    std::string_view const taken = text_.substr(begin, at_ - begin);
    skip_blanks();
    return taken;
  }

  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  [[nodiscard]] char next() const { return at_ < text_.size() ? text_[at_] : ']'; }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  void skip_string() {
    for (++at_; next() != '"' && at_ < text_.size(); ++at_) {
      if (next() == '\\') ++at_;
    }
    at_ = std::min(at_ + 1, text_.size());
  }
  std::string key() {
    std::size_t const begin = at_;
    skip_string();
    auto const written = text_.substr(begin, at_ - begin);
    skip_blanks();
    ++at_;  // the colon
    skip_blanks();
    return nlohmann::json::parse(written).get<std::string>();
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::string_view> json_text_of(std::string_view text, JsonPath const& path) {
  Walk walk(text);
  for (std::string const& step : path) {
    if (!walk.enter(step)) return std::nullopt;
  }
  return walk.value();
}

std::int64_t json_line(std::string_view text, JsonPath path) {
  while (!path.empty() && !json_text_of(text, path)) path.pop_back();
  Walk walk(text);
  for (std::string const& step : path) (void)walk.enter(step);
  auto const before = text.substr(0, walk.at());
  return 1 + std::count(before.begin(), before.end(), '\n');
}

}  // namespace fluxscope

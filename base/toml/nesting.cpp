#include "base/toml/nesting.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/limits.hpp"

namespace fluxscope {
namespace {

class NestingScan {
 public:
  NestingScan(std::string_view text, std::string const& path) : text_(text), path_(path) {}

  void run() {
    while (at_ < text_.size()) step();
  }

 private:
  void step() {
    char const c = text_[at_];
    if (c == '"' || c == '\'') return skip_string(c);
    if (c == '#') return skip_comment();
    ++at_;
    if (c == '[' || c == '{') {
      if (++depth_ > limits::kNesting) refuse("levels of brackets", limits::kNesting);
    } else if (c == ']' || c == '}') {
      depth_ = std::max(0, depth_ - 1);
    }
    if (c == '.') {
      if (++parts_ > limits::kKeyParts) refuse("parts in a key", limits::kKeyParts);
    } else if (c == '\n' || c == '=' || c == ',' || c == '[' || c == '{') {
      parts_ = 1;
    }
  }

  void skip_comment() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  /// To behind the string's end. One that never ends is the parser's to refuse.
  void skip_string(char quote) {
    std::string const three(3, quote);
    bool const multi_line = text_.substr(at_, 3) == three;
    at_ += multi_line ? 3 : 1;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\' && quote == '"') {
        ++at_;
      } else if (!multi_line && (text_[at_] == quote || text_[at_] == '\n')) {
        break;
      } else if (multi_line && text_.substr(at_, 3) == three) {
        at_ += 2;
        break;
      }
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  [[noreturn]] void refuse(std::string const& what, int most) const {
    auto const line =
        1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    throw InputError(path_ + ":" + std::to_string(line) + ": more than " + std::to_string(most) +
                     " " + what + " (is it the right file?) flatten it");
  }

  std::string_view text_;
  std::string const& path_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int parts_ = 1;
};

}  // namespace

void expect_shallow_toml(std::string_view text, std::string const& path) {
  NestingScan(text, path).run();
}

}  // namespace fluxscope

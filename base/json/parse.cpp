#include "base/json/parse.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text/printable.hpp"

namespace fluxscope {
namespace {

using Json = nlohmann::json;

/// Takes the parser's events without building anything. Stops at the first problem.
class FormCheck : public nlohmann::json_sax<Json> {
 public:
  explicit FormCheck(std::string_view text) : text_(text) {}

  std::string problem;

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, string_t const&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (keys_.back().insert(name).second) return true;
    problem = "key " + in_quotes(name) +
              " is there twice (which one counts is undefined) write it " + "once";
    return false;
  }
  bool parse_error(std::size_t position, std::string const&,
                   nlohmann::detail::exception const&) override {
    problem = "no JSON from byte " + std::to_string(position) + line_of(position) +
              " on; mend the syntax there";
    if (position > text_.size()) problem += " (the text ends there: is it cut off?)";
    return false;
  }

 private:
  /// " (line 3)" in a text of several.
  [[nodiscard]] std::string line_of(std::size_t position) const {
    auto const before = text_.substr(0, position);
    auto const line = 1 + std::count(before.begin(), before.end(), '\n');
    return text_.find('\n') >= text_.size() - 1 ? "" : " (line " + std::to_string(line) + ")";
  }
  bool open() {
    keys_.emplace_back();
    if (keys_.size() <= static_cast<std::size_t>(limits::kNesting)) return true;
    problem = "more than " + std::to_string(limits::kNesting) +
              " levels of brackets (is it the right file?) flatten it";
    return false;
  }
  bool close() {
    keys_.pop_back();
    return true;
  }

  std::string_view text_;
  std::vector<std::set<std::string>> keys_;  // of each open bracket
};

}  // namespace

nlohmann::json parse_json(std::string_view text, std::string const& where) {
  if (text.find('\0') != std::string_view::npos) {
    throw InputError(where + "a NUL byte (the file is damaged or no text) write it anew");
  }
  FormCheck check(text);
  if (!Json::sax_parse(text, &check)) throw InputError(where + check.problem);
  return Json::parse(text);
}

}  // namespace fluxscope

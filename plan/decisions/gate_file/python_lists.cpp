#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/error.hpp"
#include "base/files/text_file.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"
#include "plan/decisions/gate_file/formats.hpp"

namespace fluxscope::plan::detail {
namespace {

struct List {
  std::string name;
  std::int64_t line = 0;
  std::vector<std::int64_t> row_lines;
  std::vector<std::vector<double>> rows;
};

constexpr std::string_view kWord =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/// Reads NAME = [[number, ...], ...] again and again. Comments and line ends stand anywhere.
class Parser {
 public:
  Parser(std::string_view text, std::string const& path) : text_(text), path_(path) {}

  std::vector<List> lists() {
    std::vector<List> lists;
    for (skip(); at_ < text_.size(); skip()) lists.push_back(list());
    return lists;
  }

 private:
  List list() {
    std::size_t const end = std::min(text_.find_first_not_of(kWord, at_), text_.size());
    List list{.name = std::string(text_.substr(at_, end - at_)), .line = line_};
    if (list.name.empty()) refuse("a list's name");
    at_ = end;
    expect('=');
    items([&] {
      list.row_lines.push_back(line_);
      std::vector<double> row;
      items([&] { row.push_back(number()); });
      list.rows.push_back(std::move(row));
      if (list.rows.size() > static_cast<std::size_t>(limits::kLayers)) refuse("']'");
    });
    return list;
  }

  /// '[' item ',' ... ']', a comma before the bracket allowed.
  template <class Item>
  void items(Item const& item) {
    expect('[');
    for (skip(); next() != ']'; skip()) {
      item();
      skip();
      if (next() != ',') break;
      ++at_;
    }
    expect(']');
  }

  double number() {
    skip();
    double value = 0;
    auto const [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc{} || !(value >= 0 && value <= 1)) refuse("a threshold from 0 to 1");
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  void expect(char wanted) {
    skip();
    if (next() != wanted) refuse(std::string("'") + wanted + "'");
    ++at_;
  }
  [[nodiscard]] char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  /// Over blanks, line ends and comments.
  void skip() {
    while (at_ < text_.size()) {
      char const c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        continue;
      }
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return;
      line_ += c == '\n' ? 1 : 0;
      ++at_;
    }
  }

  [[noreturn]] void refuse(std::string const& wanted) const {
    std::size_t const end = std::min(text_.find_first_of(" \t\r\n,]", at_), text_.size());
    throw InputError(path_ + ":" + std::to_string(line_) + ": " +
                     (at_ < text_.size()
                          ? in_quotes(text_.substr(at_, std::max<std::size_t>(end - at_, 1)))
                          : "the end") +
                     " where " + wanted +
                     " is expected (thresholds are NAME = [[a number per query head], ...]).");
  }

  std::string_view text_;
  std::string const& path_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1;
};

List const& chosen(std::vector<List> const& lists, std::string const& name,
                   std::string const& path) {
  std::vector<std::string> names;
  for (List const& list : lists) names.push_back(list.name);
  std::sort(names.begin(), names.end());
  if (auto const twice = std::adjacent_find(names.begin(), names.end()); twice != names.end()) {
    throw InputError(path + ": the list " + in_quotes(*twice) + " is there twice. Remove one.");
  }
  if (name.empty() && lists.size() == 1) return lists[0];
  for (List const& list : lists) {
    if (list.name == name) return list;
  }
  throw InputError(path + ": " +
                   (name.empty() ? "has several lists" : "has no list " + in_quotes(name)) + " (" +
                   expected_one_of(name, names) + ") name one with pattern_list");
}

void expect_size(std::size_t got, std::int32_t wanted, std::string const& what, std::int64_t line,
                 Model const& model, std::string const& path) {
  if (got == static_cast<std::size_t>(wanted)) return;
  throw InputError(path + ":" + std::to_string(line) + ": " + std::to_string(got) + " " + what +
                   ", but " + model.name + " has " + std::to_string(wanted) +
                   ". Take the thresholds of this model.");
}

}  // namespace

std::vector<double> read_python_lists(std::string const& path, Model const& model,
                                      std::string const& list) {
  std::string const text = read_text_file(path, limits::kPatternBytes);
  auto const lists = Parser(text, path).lists();
  List const& one = chosen(lists, list, path);
  expect_size(one.rows.size(), model.layers, "layers", one.line, model, path);
  std::vector<double> scores;
  for (std::size_t layer = 0; layer < one.rows.size(); ++layer) {
    expect_size(one.rows[layer].size(), model.attention.q_heads, "query heads",
                one.row_lines[layer], model, path);
    scores.insert(scores.end(), one.rows[layer].begin(), one.rows[layer].end());
  }
  return scores;
}

}  // namespace fluxscope::plan::detail

#include "analysis/report/json_stream.hpp"

#include <utility>

#include "base/error.hpp"

namespace fluxscope::analysis {
namespace {

std::string dumped(JsonStream::Json const& value, JsonStream::Layout layout) {
  int const indent = layout == JsonStream::Layout::indented ? 1 : -1;
  return value.dump(indent, ' ', false, JsonStream::Json::error_handler_t::replace);
}

}  // namespace

void JsonStream::member(std::string_view key, Json const& value) {
  next();
  name(key);
  put(value);
}

void JsonStream::members(Json const& object) {
  for (auto const& [key, value] : object.items()) member(key, value);
}

void JsonStream::begin_list(std::string_view key) {
  next();
  name(key);
  open('[');
}

void JsonStream::begin_object(std::string_view key) {
  next();
  name(key);
  open('{');
}

void JsonStream::element(Json const& value) {
  next();
  put(value);
}

void JsonStream::begin_object_element() {
  next();
  open('{');
}

void JsonStream::end() {
  expects(!levels_.empty(), "what ends was begun");
  Level const level = levels_.back();
  levels_.pop_back();
  if (!level.empty) line();
  text_ += level.closing;
}

std::string JsonStream::finish() {
  end();
  expects(levels_.empty(), "every list and object has an end");
  return std::move(text_);
}

void JsonStream::open(char bracket) {
  text_ += bracket;
  levels_.push_back({bracket == '{' ? '}' : ']'});
}

void JsonStream::next() {
  if (!levels_.back().empty) text_ += ',';
  levels_.back().empty = false;
  line();
}

void JsonStream::name(std::string_view key) {
  text_ += dumped(Json(key), Layout::compact);
  text_ += layout_ == Layout::indented ? ": " : ":";
}

void JsonStream::line() {
  if (layout_ == Layout::compact) return;
  text_ += '\n';
  text_.append(levels_.size(), ' ');
}

// Line ends in texts are escaped: each that is left begins a line of the layout.
void JsonStream::put(Json const& value) {
  std::string const text = dumped(value, layout_);
  if (layout_ == Layout::compact) {
    text_ += text;
    return;
  }
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    text_.append(text, begin, end + 1 - begin);
    text_.append(levels_.size(), ' ');
  }
  text_.append(text, begin);
}

}  // namespace fluxscope::analysis

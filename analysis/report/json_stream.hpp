#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace fluxscope::analysis {

/// Writes one JSON object piece by piece, as nlohmann::ordered_json::dump() writes it whole: a
/// report of many rows is never held as a tree of values. Bytes that are no UTF-8 are replaced.
class JsonStream {
 public:
  using Json = nlohmann::ordered_json;
  enum class Layout : std::uint8_t { compact, indented };  ///< indented: by one blank a level

  explicit JsonStream(Layout layout) : layout_(layout) { open('{'); }

  void member(std::string_view name, Json const& value);
  void members(Json const& object);

  /// A member that is a list of make(item).
  template <class Items, class Make>
  void list(std::string_view name, Items const& items, Make&& make) {
    begin_list(name);
    for (auto const& item : items) element(make(item));
    end();
  }

  /// A member that is a list or an object; its elements or members come until end().
  void begin_list(std::string_view name);
  void begin_object(std::string_view name);
  /// An element of the open list.
  void element(Json const& value);
  void begin_object_element();
  void end();

  /// Ends the object and gives its text.
  [[nodiscard]] std::string finish();

 private:
  void open(char bracket);
  void next();
  void name(std::string_view text);
  void line();
  void put(Json const& value);

  struct Level {
    char closing;
    bool empty = true;
  };

  Layout layout_;
  std::vector<Level> levels_;
  std::string text_;
};

}  // namespace fluxscope::analysis

#include "base/toml/lists.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "base/error.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"

namespace fluxscope {
namespace {

[[noreturn]] void refuse(TomlTable const& table, std::string const& key,
                         std::string const& problem) {
  throw InputError(table.where(key) + ": " + key + " " + problem);
}

template <class Value>
std::vector<Value> ascending(TomlTable const& table, std::string const& key,
                             std::vector<Value> values) {
  if (values.empty()) refuse(table, key, "is empty (there would be nothing to do) add a value");
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i - 1] < values[i]) continue;
    refuse(table, key, "is not strictly ascending (a value may be there twice) sort it");
  }
  return values;
}

}  // namespace

std::vector<std::string> distinct_texts(TomlTable const& table, std::string const& key) {
  auto values = table.texts(key);
  if (values.empty()) refuse(table, key, "is empty (there would be nothing to do) add a value");
  std::set<std::string_view> seen;
  for (std::string const& value : values) {
    if (seen.insert(value).second) continue;
    refuse(table, key, "holds " + in_quotes(value) + " twice (it would be done twice) remove one");
  }
  return values;
}

std::vector<std::string> choices(TomlTable const& table, std::string const& key,
                                 std::vector<std::string> const& allowed) {
  auto values = distinct_texts(table, key);
  for (std::string const& value : values) {
    if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) continue;
    refuse(table, key,
           "holds " + in_quotes(value) + ", which is unknown; " + expected_one_of(value, allowed));
  }
  return values;
}

std::vector<std::int64_t> ascending_integers(TomlTable const& table, std::string const& key,
                                             IntegerRange range) {
  return ascending(table, key, table.integers(key, range));
}

std::vector<double> ascending_numbers(TomlTable const& table, std::string const& key,
                                      NumberRange range) {
  return ascending(table, key, table.numbers(key, range));
}

}  // namespace fluxscope

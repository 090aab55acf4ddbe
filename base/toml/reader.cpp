#include "base/toml/reader.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include "base/error.hpp"
#include "base/files/text_file.hpp"
#include "base/limits.hpp"
#include "base/text/label.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"
#include "base/toml/library.hpp"
#include "base/toml/nesting.hpp"

namespace fluxscope {
namespace {

/// The part of a key before its unit: "kv_lens" of "kv_lens_tokens".
std::string stem(std::string const& key) { return key.substr(0, key.rfind('_')); }

/// near_miss, else a key of the same name with another unit.
std::optional<std::string> near_key(std::string const& key, std::vector<std::string> const& keys) {
  if (auto near = near_miss(key, keys)) return near;
  auto const same = std::find_if(
      keys.begin(), keys.end(), [&](std::string const& other) { return stem(other) == stem(key); });
  if (same == keys.end()) return std::nullopt;
  return *same;
}

}  // namespace

struct TomlTable::Impl {
  std::shared_ptr<toml::table const> root;  // owns the nodes that `node` points into
  toml::table const* node = nullptr;
  std::string path;
  mutable std::set<std::string> asked;

  [[nodiscard]] toml::node const* find(std::string const& key) const {
    asked.insert(key);
    return node->get(key);
  }

  [[nodiscard]] std::string where(toml::node const* at) const {
    return path + ":" + std::to_string((at ? at : node)->source().begin.line);
  }

  [[nodiscard]] toml::node const& need(std::string const& key) const {
    toml::node const* found = find(key);
    if (found) return *found;
    std::vector<std::string> present;
    for (auto const& [name, value] : *node) {
      if (!asked.contains(std::string(name.str()))) present.emplace_back(name.str());
    }
    std::string hint;
    if (auto const near = near_key(key, present))
      hint = " Is " + in_quotes(*near) + " a misspelling of it (the unit is part of the key)?";
    throw InputError(where(nullptr) + ": key " + in_quotes(key) + " is missing. Add it." + hint);
  }

  [[noreturn]] void refuse(toml::node const& at, std::string const& key,
                           std::string const& problem) const {
    std::ostringstream value;
    at.visit([&](auto const& typed) { value << typed; });
    throw InputError(where(&at) + ": " + shown(key) + " = " + shown(value.str()) + " " + problem);
  }

  [[nodiscard]] double checked_number(toml::node const& at, std::string const& key,
                                      NumberRange range) const {
    if (!at.is_number()) refuse(at, key, "is not a number (the unit is part of the key)");
    double const value = at.is_integer() ? static_cast<double>(at.as_integer()->get())
                                         : at.as_floating_point()->get();
    if (!(value >= range.min && value <= range.max)) {  // written so that NaN fails
      std::ostringstream limits;
      limits << "is outside [" << range.min << ", " << range.max << "]";
      refuse(at, key, limits.str());
    }
    return value == 0 ? 0 : value;  // -0.0 is inside [0, 1] and would be printed with its sign
  }

  [[nodiscard]] std::int64_t checked_integer(toml::node const& at, std::string const& key,
                                             IntegerRange range) const {
    if (!at.is_integer()) refuse(at, key, "is not a whole number (the unit is part of the key)");
    std::int64_t const value = at.as_integer()->get();
    if (value < range.min || value > range.max) {
      refuse(at, key,
             "is outside [" + std::to_string(range.min) + ", " + std::to_string(range.max) + "]");
    }
    return value;
  }

  [[nodiscard]] std::string checked_text(toml::node const& at, std::string const& key) const {
    if (!at.is_string()) refuse(at, key, "is not a text; put it in quotes");
    std::string const& value = at.as_string()->get();
    if (value.size() > limits::kTextBytes) {
      refuse(at, key,
             "is longer than " + std::to_string(limits::kTextBytes) + " bytes; shorten it");
    }
    return value;
  }

  [[nodiscard]] toml::array const& need_array(std::string const& key) const {
    return checked_array(need(key), key);
  }

  [[nodiscard]] toml::array const& checked_array(toml::node const& at,
                                                 std::string const& key) const {
    if (!at.is_array()) refuse(at, key, "is not a list; write it in [ ]");
    toml::array const& list = *at.as_array();
    if (list.size() > limits::kListEntries) {
      throw InputError(where(&at) + ": " + shown(key) + " has " + std::to_string(list.size()) +
                       " entries (at most " + std::to_string(limits::kListEntries) +
                       " are read) shorten it");
    }
    return list;
  }
};

TomlTable TomlTable::load(std::string const& path) { return parse(read_text_file(path), path); }

TomlTable TomlTable::parse(std::string const& text, std::string const& path) {
  expect_shallow_toml(text, path);
  try {
    auto impl = std::make_shared<Impl>();
    impl->root = std::make_shared<toml::table const>(toml::parse(text, path));
    impl->node = impl->root.get();
    impl->path = path;
    return TomlTable(std::move(impl));
  } catch (toml::parse_error const& error) {
    throw InputError(path + ":" + std::to_string(error.source().begin.line) + ": " +
                     shown(error.description(), 3 * limits::kShownCharacters) +
                     ". Mend the TOML syntax there.");
  }
}

bool TomlTable::has(std::string const& key) const { return impl_->find(key) != nullptr; }

std::string TomlTable::text(std::string const& key) const {
  return impl_->checked_text(impl_->need(key), key);
}

std::string TomlTable::text_or(std::string const& key, std::string const& fallback) const {
  return has(key) ? text(key) : fallback;
}

std::string TomlTable::label(std::string const& key) const {
  toml::node const& at = impl_->need(key);
  std::string value = impl_->checked_text(at, key);
  if (auto const problem = label_problem(value)) impl_->refuse(at, key, *problem);
  return value;
}

std::string TomlTable::label_or(std::string const& key, std::string const& fallback) const {
  return has(key) ? label(key) : fallback;
}

std::string TomlTable::choice(std::string const& key,
                              std::vector<std::string> const& allowed) const {
  std::string const value = text(key);
  for (std::string const& one : allowed) {
    if (one == value) return value;
  }
  throw InputError(where(key) + ": " + key + " = " + in_quotes(value) + " is unknown; " +
                   expected_one_of(value, allowed));
}

std::int64_t TomlTable::integer(std::string const& key, IntegerRange range) const {
  return impl_->checked_integer(impl_->need(key), key, range);
}

std::int64_t TomlTable::integer_or(std::string const& key, std::int64_t fallback,
                                   IntegerRange range) const {
  return has(key) ? integer(key, range) : fallback;
}

double TomlTable::number(std::string const& key, NumberRange range) const {
  return impl_->checked_number(impl_->need(key), key, range);
}

double TomlTable::number_or(std::string const& key, double fallback, NumberRange range) const {
  return has(key) ? number(key, range) : fallback;
}

bool TomlTable::boolean_or(std::string const& key, bool fallback) const {
  toml::node const* at = impl_->find(key);
  if (!at) return fallback;
  if (!at->is_boolean()) impl_->refuse(*at, key, "is neither true nor false");
  return at->as_boolean()->get();
}

std::vector<std::int64_t> TomlTable::integers(std::string const& key, IntegerRange range) const {
  std::vector<std::int64_t> values;
  for (toml::node const& at : impl_->need_array(key)) {
    values.push_back(impl_->checked_integer(at, key, range));
  }
  return values;
}

std::vector<std::vector<std::int64_t>> TomlTable::integer_lists(std::string const& key,
                                                                IntegerRange range) const {
  std::vector<std::vector<std::int64_t>> lists;
  for (toml::node const& list : impl_->need_array(key)) {
    std::vector<std::int64_t>& values = lists.emplace_back();
    for (toml::node const& at : impl_->checked_array(list, key)) {
      values.push_back(impl_->checked_integer(at, key, range));
    }
  }
  return lists;
}

std::vector<double> TomlTable::numbers(std::string const& key, NumberRange range) const {
  std::vector<double> values;
  for (toml::node const& at : impl_->need_array(key)) {
    values.push_back(impl_->checked_number(at, key, range));
  }
  return values;
}

std::vector<std::string> TomlTable::texts(std::string const& key) const {
  std::vector<std::string> values;
  for (toml::node const& at : impl_->need_array(key)) {
    values.push_back(impl_->checked_text(at, key));
  }
  return values;
}

TomlTable TomlTable::table(std::string const& key) const {
  toml::node const& at = impl_->need(key);
  if (!at.is_table()) impl_->refuse(at, key, "is not a table; write [" + key + "]");
  auto impl = std::make_shared<Impl>();
  impl->root = impl_->root;
  impl->node = at.as_table();
  impl->path = impl_->path;
  return TomlTable(std::move(impl));
}

std::vector<TomlTable> TomlTable::tables(std::string const& key) const {
  std::vector<TomlTable> result;
  if (!has(key)) return result;
  for (toml::node const& at : impl_->need_array(key)) {
    if (!at.is_table()) impl_->refuse(at, key, "is not a table; write [[" + key + "]]");
    auto impl = std::make_shared<Impl>();
    impl->root = impl_->root;
    impl->node = at.as_table();
    impl->path = impl_->path;
    result.push_back(TomlTable(std::move(impl)));
  }
  return result;
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::pair<toml::source_index, std::string>> ordered;
  for (auto const& [name, value] : *impl_->node) {
    ordered.emplace_back(value.source().begin.line, std::string(name.str()));
  }
  std::sort(ordered.begin(), ordered.end());
  std::vector<std::string> names;
  for (auto& [line, name] : ordered) names.push_back(std::move(name));
  return names;
}

std::string TomlTable::where(std::string const& key) const {
  return impl_->where(key.empty() ? nullptr : impl_->node->get(key));
}

std::string const& TomlTable::path() const { return impl_->path; }

void TomlTable::close() const {
  for (std::string const& key : keys()) {
    if (impl_->asked.contains(key)) continue;
    std::vector<std::string> const known(impl_->asked.begin(), impl_->asked.end());
    auto const near = near_key(key, known);
    throw InputError(where(key) + ": unknown key " + in_quotes(key) +
                     (near ? " (expected " + in_quotes(*near) + "). Rename it?"
                           : " (nothing reads it). Remove it."));
  }
}

}  // namespace fluxscope

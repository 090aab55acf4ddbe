#pragma once
// Strict TOML: every key is read by somebody, once, with a range; the unit is part of the key.

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fluxscope {

/// Closed range of an allowed number. NaN is outside every range.
struct NumberRange {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

struct IntegerRange {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

/// One table of a TOML file. Texts have at most limits::kTextBytes, lists limits::kListEntries;
/// values in messages are cut. Getters throw InputError "file:line: key ...: problem, what to do"
/// for a key that is absent (unless asked by has() or an optional getter), of another type, NaN or
/// out of range. Call close() after the last getter: it refuses keys that nobody asked for and
/// names a near miss.
class TomlTable {
 public:
  /// Throws InputError for a file that read_text_file() refuses, a syntax error, a duplicate key,
  /// or nesting beyond expect_shallow_toml().
  [[nodiscard]] static TomlTable load(std::string const& path);
  /// `path` only names the text in messages.
  [[nodiscard]] static TomlTable parse(std::string const& text, std::string const& path);

  [[nodiscard]] bool has(std::string const& key) const;
  [[nodiscard]] std::string text(std::string const& key) const;
  [[nodiscard]] std::string text_or(std::string const& key, std::string const& fallback) const;
  /// A text that names something in tables and files, see label_problem().
  [[nodiscard]] std::string label(std::string const& key) const;
  [[nodiscard]] std::string label_or(std::string const& key, std::string const& fallback) const;
  /// A text out of `allowed`; the error names the near miss or the whole set.
  [[nodiscard]] std::string choice(std::string const& key,
                                   std::vector<std::string> const& allowed) const;
  [[nodiscard]] std::int64_t integer(std::string const& key, IntegerRange range = {}) const;
  [[nodiscard]] std::int64_t integer_or(std::string const& key, std::int64_t fallback,
                                        IntegerRange range = {}) const;
  [[nodiscard]] double number(std::string const& key, NumberRange range = {}) const;
  [[nodiscard]] double number_or(std::string const& key, double fallback,
                                 NumberRange range = {}) const;
  [[nodiscard]] bool boolean_or(std::string const& key, bool fallback) const;
  [[nodiscard]] std::vector<std::int64_t> integers(std::string const& key,
                                                   IntegerRange range = {}) const;
  /// Lists of whole numbers in a list: [[1, 2], [3]].
  [[nodiscard]] std::vector<std::vector<std::int64_t>> integer_lists(std::string const& key,
                                                                     IntegerRange range = {}) const;
  [[nodiscard]] std::vector<double> numbers(std::string const& key, NumberRange range = {}) const;
  [[nodiscard]] std::vector<std::string> texts(std::string const& key) const;
  [[nodiscard]] TomlTable table(std::string const& key) const;
  /// An array of tables ([[key]]); empty where absent.
  [[nodiscard]] std::vector<TomlTable> tables(std::string const& key) const;
  /// Keys in file order.
  [[nodiscard]] std::vector<std::string> keys() const;

  /// "file:line" of a key, or of the table where the key is absent.
  [[nodiscard]] std::string where(std::string const& key = {}) const;
  [[nodiscard]] std::string const& path() const;
  /// Throws InputError for the first key that no getter was asked for.
  void close() const;

 private:
  struct Impl;
  explicit TomlTable(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

}  // namespace fluxscope

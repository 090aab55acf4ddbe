#pragma once
// The forms in which tables of times are published.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/files/csv_reader.hpp"
#include "sim/times/table.hpp"

namespace fluxscope::sim {

class TimesDialect {
 public:
  virtual ~TimesDialect() = default;
  /// The row of these cells, and the kernel's name where the table has one.
  [[nodiscard]] virtual TimedRow row(std::span<std::string const> cells,
                                     std::string const& where) const = 0;
  [[nodiscard]] virtual std::string kernel(std::span<std::string const> cells) const = 0;
};

/// The dialect whose columns `reader` has; ours where none is recognised. Throws InputError for
/// columns that ours lacks or does not know.
[[nodiscard]] std::unique_ptr<TimesDialect> dialect_of(CsvReader const& reader);

}  // namespace fluxscope::sim

#pragma once
// The forms in which times of a step's operations are published.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/files/csv_reader.hpp"
#include "sim/step_times/table.hpp"

namespace fluxscope::sim {

class StepDialect {
 public:
  virtual ~StepDialect() = default;
  /// What these cells say: none, one, or several operations of a step.
  [[nodiscard]] virtual std::vector<StepTimedRow> rows(std::span<std::string const> cells,
                                                       std::string const& where) const = 0;
};

/// The dialect whose columns `reader` has; null where it is no table of a step's operations. Throws
/// InputError for columns that ours lacks or does not know.
[[nodiscard]] std::unique_ptr<StepDialect> step_dialect_of(CsvReader const& reader);

}  // namespace fluxscope::sim

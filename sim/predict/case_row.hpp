#pragma once
// One line of a table of cases: fluxscope predict --cases.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/files/csv_reader.hpp"
#include "plan/layer/layer_plan.hpp"

namespace fluxscope::sim {

/// A layer whose requests all have these lengths and read alike.
struct CaseRow {
  plan::Phase phase = plan::Phase::prefill;
  std::int32_t batch = 1;
  std::int32_t q_len = 0;   ///< tokens
  std::int32_t kv_len = 0;  ///< tokens
  plan::AttentionShape shape;
  plan::Selection sparse;                ///< of the heads that are not full
  std::vector<std::uint8_t> full_heads;  ///< [kv_heads] 1 = reads everything
  plan::Execution execution = plan::Execution::layer_uniform;
  plan::Scheduler scheduler = plan::Scheduler::natural;
  std::string kernel;  ///< of the phase's operation; empty: the profile's choice

  friend bool operator==(CaseRow const&, CaseRow const&) = default;
};

/// The plan of the row, canonical as an experiment's cases are.
[[nodiscard]] plan::LayerPlan layer_plan(CaseRow const& row);

/// A column of the table.
struct CaseColumn {
  std::string_view name;
  bool required = false;
  std::string_view meaning;  ///< values, unit and default
};
[[nodiscard]] std::vector<CaseColumn> const& case_columns();

/// Reads rows under the columns of a file's header.
class CaseRowParser {
 public:
  /// Throws InputError for a column that is none (with the near miss) or a required one that is
  /// absent.
  explicit CaseRowParser(CsvReader const& file);

  /// Throws InputError "path:line: column = ...", also for a row beyond base/limits.hpp.
  [[nodiscard]] CaseRow row(std::vector<std::string> const& cells, std::string const& where) const;

 private:
  std::vector<int> places_;  // [case_columns()] place in the file; -1: absent
};

}  // namespace fluxscope::sim

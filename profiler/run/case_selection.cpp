#include "profiler/run/case_selection.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <map>

#include "base/error.hpp"

namespace fluxscope::profiler {

SelectedCases select_cases(plan::Experiment const& experiment, std::string const& glob,
                           std::size_t limit) {
  SelectedCases selected{.experiment = experiment};
  auto& cases = selected.experiment.cases;
  auto& rows = selected.experiment.rows;
  cases.clear();
  rows.clear();
  selected.experiment.steps.clear();
  std::map<std::uint32_t, std::uint32_t> new_id;
  std::map<std::uint32_t, std::uint32_t> new_row;
  for (plan::Case const& layer_case : experiment.cases) {
    bool const full = limit > 0 && cases.size() == limit;
    if (full || fnmatch(glob.c_str(), layer_case.name.c_str(), 0) != 0) continue;
    auto const id = static_cast<std::uint32_t>(cases.size());
    new_id[layer_case.case_id] = id;
    cases.push_back(layer_case);
    cases.back().case_id = id;
  }
  if (cases.empty()) {
    throw InputError(experiment.path + ": no case matches '" + glob + "' (of " +
                     std::to_string(experiment.cases.size()) + " cases). Names look like '" +
                     (experiment.cases.empty() ? std::string() : experiment.cases[0].name) +
                     "'; quote the pattern.");
  }
  for (plan::Row row : experiment.rows) {
    bool const whole = std::all_of(row.layer_cases.begin(), row.layer_cases.end(),
                                   [&](std::uint32_t id) { return new_id.contains(id); });
    if (!whole) {
      ++selected.rows_left_out;
      continue;
    }
    for (std::uint32_t& id : row.layer_cases) id = new_id[id];
    new_row[row.row_id] = static_cast<std::uint32_t>(rows.size());
    row.row_id = new_row[row.row_id];
    rows.push_back(std::move(row));
  }
  for (plan::Step step : experiment.steps) {
    if (!new_row.contains(step.row_id)) continue;
    step.row_id = new_row[step.row_id];
    for (std::uint32_t& id : step.layer_cases) id = new_id[id];
    step.step_id = static_cast<std::uint32_t>(selected.experiment.steps.size());
    selected.experiment.steps.push_back(std::move(step));
  }
  selected.cases_left_out = static_cast<std::int64_t>(experiment.cases.size() - cases.size());
  return selected;
}

}  // namespace fluxscope::profiler

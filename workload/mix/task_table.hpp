#pragma once
// One [[task]] of a mix file, before policies decide for it.

#include <map>
#include <optional>
#include <string>

#include "base/toml/reader.hpp"
#include "workload/mix/mix.hpp"

namespace fluxscope::workload {

struct TaskTable {
  Task task;
  std::optional<double> msr_ratio;
  std::map<std::string, double> msr_ratios;  ///< by label of the policy
  std::string gates;                         ///< as the file has it, relative to its folder
};

/// Reads the keys of load_mix()'s [[task]]. Throws InputError with file:line.
[[nodiscard]] TaskTable read_task(TomlTable const& table);

}  // namespace fluxscope::workload

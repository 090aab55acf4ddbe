#include "traces/pass.hpp"

#include <string>

namespace fluxscope::traces {

std::optional<Pass> find_pass(std::string_view name_or_number) {
  for (PassInfo const& one : kPasses) {
    if (name_or_number == one.name || name_or_number == std::to_string(number(one.pass))) {
      return one.pass;
    }
  }
  return std::nullopt;
}

std::vector<Pass> all_passes() {
  std::vector<Pass> all;
  for (PassInfo const& one : kPasses) all.push_back(one.pass);
  return all;
}

std::string_view pass_list() {
  static std::string const kList = [] {
    std::string list;
    for (PassInfo const& one : kPasses) {
      list += (list.empty() ? "" : ", ") + std::to_string(number(one.pass)) + " ";
      list += one.name;
    }
    return list;
  }();
  return kList;
}

}  // namespace fluxscope::traces

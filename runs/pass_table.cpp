#include "runs/pass_table.hpp"

#include <algorithm>
#include <array>
#include <iostream>

namespace fluxscope::runs {

PassTable::PassTable(std::span<int const> wanted, plan::MeasureSettings const& settings) {
  constexpr std::array kNames = {"timing", "activity", "probe", "counters"};
  std::array const on = {true, settings.activity, settings.probe, settings.counters};
  for (std::uint32_t pass = 0; pass < kNames.size(); ++pass) {
    bool const named = std::find(wanted.begin(), wanted.end(), pass) != wanted.end();
    std::string reason;
    if (!named) reason = "left out by --passes";
    if (named && !on[pass]) reason = "switched off in the experiment's [measure]";
    records_.push_back(
        {.pass = pass, .name = kNames[pass], .present = reason.empty(), .reason = reason});
  }
}

void PassTable::absent(std::uint32_t pass, std::string const& reason) {
  traces::PassRecord& record = records_[pass];
  record.present = false;
  record.reason = reason;
  std::cerr << "profile: no pass " << pass << " (" << record.name << "): " << reason << '\n';
}

}  // namespace fluxscope::runs

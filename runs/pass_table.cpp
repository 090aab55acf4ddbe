#include "runs/pass_table.hpp"

#include <algorithm>
#include <iostream>

namespace fluxscope::runs {
namespace {

bool switched_on(traces::Pass pass, plan::MeasureSettings const& settings) {
  switch (pass) {
    case traces::Pass::timing:
      return true;
    case traces::Pass::activity:
      return settings.activity;
    case traces::Pass::probe:
    case traces::Pass::overhead:
      return settings.probe;
    case traces::Pass::counters:
      return settings.counters;
  }
  return false;
}

}  // namespace

PassTable::PassTable(std::span<traces::Pass const> wanted, plan::MeasureSettings const& settings) {
  for (traces::PassInfo const& one : traces::kPasses) {
    bool const named = std::find(wanted.begin(), wanted.end(), one.pass) != wanted.end();
    std::string reason;
    if (!named) reason = "left out by --passes";
    if (named && !switched_on(one.pass, settings)) {
      reason = "switched off in the experiment's [measure]";
    }
    records_.push_back({.pass = traces::number(one.pass),
                        .name = std::string(one.name),
                        .present = reason.empty(),
                        .reason = reason});
  }
}

void PassTable::absent(traces::Pass pass, std::string const& reason) {
  traces::PassRecord& record = records_[traces::number(pass)];
  record.present = false;
  record.reason = reason;
  std::cerr << "profile: no pass " << record.pass << " (" << record.name << "): " << reason << '\n';
}

}  // namespace fluxscope::runs

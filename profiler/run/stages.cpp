#include "profiler/run/stages.hpp"

#include <utility>

#include "base/terminal/progress.hpp"
#include "profiler/cupti/table.hpp"
#include "profiler/run/pass/activity.hpp"
#include "profiler/run/pass/counters.hpp"
#include "profiler/run/pass/overhead.hpp"
#include "profiler/run/pass/probe.hpp"
#include "profiler/run/pass/timing.hpp"
#include "profiler/run/with_case.hpp"

namespace fluxscope::profiler {
namespace {

/// Removes from `stage` what does not run.
void drop_absent(RunContext& run, Stage& stage, runs::PassTable& passes) {
  std::erase_if(stage, [&](std::unique_ptr<RunPass> const& pass) {
    if (!passes.present(pass->id())) return true;
    auto const reason = pass->unavailable(run);
    if (reason.has_value()) passes.absent(pass->id(), *reason);
    return reason.has_value();
  });
}

std::string title_of(Stage const& stage) {
  std::string title = "profile: ";
  for (auto const& pass : stage) {
    title += (pass == stage.front() ? "" : ", ") + std::string(traces::info(pass->id()).name);
  }
  return title;
}

void run_cases(RunContext& run, Stage const& stage) {
  std::size_t const count = run.cases.records().size();
  Progress progress(title_of(stage), "cases", count);
  for (auto const& pass : stage) pass->begin(run);
  for (std::size_t i = 0; i < count; ++i) {
    with_case(run, i, [&](DeviceCase const& device_case, CaseRows& rows) {
      for (auto const& pass : stage) pass->run_case(run, i, device_case, rows);
    });
    progress.update(i + 1);
  }
  for (auto const& pass : stage) {
    CaseRows rows;
    pass->end(run, rows);
    if (!rows.empty()) run.writer.append(rows.batch());
  }
}

Stage stage_of(auto... passes) {
  Stage stage;
  (stage.push_back(std::move(passes)), ...);
  return stage;
}

}  // namespace

std::vector<Stage> all_stages() {
  std::vector<Stage> stages;
  stages.push_back(stage_of(timing_pass(), probe_pass(), overhead_pass()));
  stages.push_back(stage_of(activity_pass()));
  stages.push_back(stage_of(counter_pass()));
  return stages;
}

void run_stage(RunContext& run, Stage stage, runs::PassTable& passes) {
  drop_absent(run, stage, passes);
  if (stage.empty()) return;
  try {
    run_cases(run, stage);
  } catch (CuptiError const& error) {
    for (auto const& pass : stage) passes.absent(pass->id(), error.what());
  }
}

}  // namespace fluxscope::profiler

#include "profiler/run/pass/timing.hpp"

#include <utility>

#include "profiler/run/case_samples.hpp"
#include "profiler/timing/sampling.hpp"

namespace fluxscope::profiler {
namespace {

class TimingPass : public RunPass {
 public:
  traces::Pass id() const override { return traces::Pass::timing; }

  void run_case(RunContext& run, std::size_t index, DeviceCase const& device_case,
                CaseRows& rows) override {
    std::uint32_t const copies = device_case.copies();
    auto const at_turn = [&](std::uint32_t turn) -> Execution {
      return [&device_case, copies, turn](std::uint32_t i, cudaStream_t stream) {
        device_case.launch_all({.copy = i % copies, .turn = turn}, stream);
      };
    };
    std::uint32_t const executions =
        executions_per_sample(estimate_ns(at_turn(0), run.stream), copies);
    TurnedGraphs graphs;
    for (std::uint32_t turn = 0; turn < device_case.turns(); ++turn) {
      graphs.push_back(std::make_unique<TimedGraph>(at_turn(turn), executions, run.stream));
    }
    plan::MeasureSettings const& settings = run.settings();
    auto samples = take_samples(graphs, run.nvml,
                                {.samples = settings.samples,
                                 .min_samples = settings.min_samples,
                                 .time_limit_ms = settings.case_time_limit_ms,
                                 .warmups = settings.warmups});
    if (!device_case.beyond_l2()) run.losses.add(runs::Loss::cases_within_l2);
    SampledTime const time = sampled_time(samples);
    traces::CaseRecord& record = run.cases.records()[index];
    record.time_ns = time.mean_ns;
    record.time_low_ns = time.low_ns;
    record.time_high_ns = time.high_ns;
    keep_samples(run, index, id(), 0, std::move(samples), rows);
  }
};

}  // namespace

std::unique_ptr<RunPass> timing_pass() { return std::make_unique<TimingPass>(); }

}  // namespace fluxscope::profiler

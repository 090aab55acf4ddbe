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
    Execution const execution = [&](std::uint32_t i, cudaStream_t stream) {
      device_case.launch_all(i % copies, stream);
    };
    double const one_ns = estimate_ns(execution, run.stream);
    TimedGraph graph(execution, executions_per_sample(one_ns, copies), run.stream);
    plan::MeasureSettings const& settings = run.settings();
    auto samples = take_samples(graph, run.nvml,
                                {.samples = settings.samples,
                                 .min_samples = settings.min_samples,
                                 .time_limit_ms = settings.case_time_limit_ms,
                                 .warmups = settings.warmups});
    if (!device_case.beyond_l2()) run.losses.add(runs::Loss::cases_within_l2);
    Quartiles const times = quartiles(samples);
    traces::CaseRecord& record = run.cases.records()[index];
    record.time_ns = times.median;
    record.time_low_ns = times.low;
    record.time_high_ns = times.high;
    keep_samples(run, index, id(), 0, std::move(samples), rows);
  }
};

}  // namespace

std::unique_ptr<RunPass> timing_pass() { return std::make_unique<TimingPass>(); }

}  // namespace fluxscope::profiler

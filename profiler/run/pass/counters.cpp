#include "profiler/run/pass/counters.hpp"

#include "profiler/cupti/counter_list.hpp"
#include "profiler/cupti/range_collector.hpp"
#include "profiler/run/pass/cupti_problem.hpp"
#include "profiler/timing/warm_up.hpp"

namespace fluxscope::profiler {
namespace {

class CounterPass : public RunPass {
 public:
  traces::Pass id() const override { return traces::Pass::counters; }
  std::optional<std::string> unavailable(RunContext& run) override { return cupti_problem(run); }

  void begin(RunContext& run) override {
    ranges_.emplace(*run.cupti.table, run.device_index, counter_list());
  }

  void run_case(RunContext& run, std::size_t index, DeviceCase const& device_case,
                CaseRows& rows) override {
    if (keys_.size() + device_case.launches() > RangeCollector::capacity()) collect(run, rows);
    if (wants_warm_up(run.cases.records()[index].time_ns)) device_case.launch_all({}, run.stream);
    FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(run.stream));
    for (std::size_t i = 0; i < device_case.launches(); ++i) {
      ranges_->measure([&] {
        device_case.launch(i, {.copy = 1 % device_case.copies()}, kernels::ProbeLevel::off, {},
                           run.stream);
      });
      keys_.push_back({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(i)});
    }
  }

  void end(RunContext& run, CaseRows& rows) override {
    collect(run, rows);
    ranges_.reset();
  }

 private:
  /// Which launch each pending range measured.
  struct RangeKey {
    std::uint32_t case_id = 0;
    std::uint32_t launch_index = 0;
  };

  void collect(RunContext& run, CaseRows& rows) {
    if (keys_.empty()) return;
    auto const values = ranges_->collect();
    auto const counters = counter_list();
    std::size_t const first = rows.counters.size();
    for (std::size_t range = 0; range < keys_.size(); ++range) {
      if (values[range].empty()) {
        run.losses.add(runs::Loss::counter_ranges_dropped);
        continue;
      }
      for (std::size_t i = 0; i < counters.size(); ++i) {
        rows.counters.push_back({.case_id = keys_[range].case_id,
                                 .launch_index = keys_[range].launch_index,
                                 .name = counters[i].name,
                                 .value = values[range][i],
                                 .unit = counters[i].unit,
                                 .passes = static_cast<std::uint32_t>(ranges_->passes())});
      }
    }
    run.crosschecks.add_counters(std::span(rows.counters).subspan(first));
    keys_.clear();
  }

  std::optional<RangeCollector> ranges_;
  std::vector<RangeKey> keys_;
};

}  // namespace

std::unique_ptr<RunPass> counter_pass() { return std::make_unique<CounterPass>(); }

}  // namespace fluxscope::profiler

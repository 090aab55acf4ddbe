// CUPTI's collectors against kernels of known length.

#include <gtest/gtest.h>

#include "profiler/cupti/activity_collector.hpp"
#include "profiler/cupti/nvtx_range.hpp"
#include "profiler/cupti/range_collector.hpp"
#include "tests/close.hpp"
#include "tests/profiler/gpu_fixture.hpp"

namespace fluxscope::profiler {
namespace {

using fluxscope::testing::close;

class CollectorsGpu : public GpuTest {
 protected:
  void SetUp() override {
    GpuTest::SetUp();
    if (IsSkipped()) return;
    library_ = find_cupti(system_libraries());
    if (!library_.table.has_value()) GTEST_SKIP() << library_.reason;
    inject_nvtx(library_.path);
    FLUXSCOPE_CUDA_CHECK(cudaFree(nullptr));  // creates the context
  }
  CuptiLibrary library_;
};

TEST_F(CollectorsGpu, AKernelIsRecordedWithItsCaseLaunchAndLength) {
  set_delays(std::vector<std::uint64_t>(8, 300'000));
  launch();
  FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
  ActivityCollector collector(*library_.table);
  {
    NvtxRange const range("a named case");
    LaunchTag const tag(*library_.table, 0x60100u, 3);
    launch();
    FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
  }

  ActivityLog const log = collector.finish();

  ASSERT_EQ(log.kernels().size(), 1u);
  KernelActivity const& kernel = log.kernels()[0];
  EXPECT_EQ(kernel.external_id, 0x60100u);
  EXPECT_EQ(kernel.launch_index, 3u);
  EXPECT_EQ(kernel.grid_ctas, 8);
  EXPECT_TRUE(
      close(static_cast<double>(kernel.end_ns - kernel.start_ns), 300e3, {.absolute = 10e3}));
  EXPECT_EQ(log.losses().dropped_records, 0u);
  bool named = false;
  bool launched = false;
  for (traces::ActivityRecord const& row : log.rows()) {
    named |= row.kind == "nvtx" && row.name == "a named case";
    launched |= row.kind == "api" && row.name.find("Launch") != std::string::npos;
  }
  EXPECT_TRUE(named) << "NVTX ranges reach CUPTI through the injection variable";
  EXPECT_TRUE(launched);
}

TEST_F(CollectorsGpu, EachRangeCountsItsOwnLaunch) {
  RangeCollector ranges(*library_.table, 0, counter_list());
  auto const p = static_cast<std::size_t>(sm_count_);
  std::vector<std::size_t> const ctas = {p, p / 2, 1};
  for (std::size_t const count : ctas) {
    set_delays(std::vector<std::uint64_t>(count, 100'000));
    ranges.measure([&] { launch(); });
  }

  auto const values = ranges.collect();

  ASSERT_EQ(values.size(), ctas.size());
  auto const counters = counter_list();
  auto const value = [&](std::size_t range, std::string const& name) {
    for (std::size_t i = 0; i < counters.size(); ++i) {
      if (counters[i].name == name) return values[range].at(i);
    }
    return std::nan("");
  };
  for (std::size_t range = 0; range < ctas.size(); ++range) {
    EXPECT_DOUBLE_EQ(value(range, "sm__ctas_launched.sum"), static_cast<double>(ctas[range]));
    // One CTA per SM of 100 us: the mean over all SMs is the share of the SMs that had one.
    double const share = static_cast<double>(ctas[range]) / static_cast<double>(p);
    double const busiest = value(range, "sm__cycles_active.max");
    EXPECT_TRUE(close(value(range, "sm__cycles_active.avg") / busiest, share, {.absolute = 0.05}));
  }
  EXPECT_EQ(ranges.dropped_ranges(), 0u);
}

TEST_F(CollectorsGpu, TheProbesBusyCyclesAreTheCounters) {
  auto const p = static_cast<std::size_t>(sm_count_);
  std::vector<std::uint64_t> delays(p, 200'000);
  delays[0] = 800'000;
  set_delays(delays);
  auto const timeline = probed_run();
  RangeCollector ranges(*library_.table, 0, counter_list());
  ranges.measure([&] { launch(); });

  auto const values = ranges.collect().at(0);

  // Rows 1 and 2 of counter_list(): max, avg. The two runs have clocks of their own: 5 %.
  EXPECT_TRUE(close(timeline.busy_max_cyc, values.at(1), {.relative = 0.05}));
  EXPECT_TRUE(close(timeline.busy_mean_cyc, values.at(2), {.relative = 0.05}));
}

TEST_F(CollectorsGpu, ManyBatchesAreCheap) {
  RangeCollector ranges(*library_.table, 0, counter_list());
  set_delays(std::vector<std::uint64_t>(1, 1000));
  std::size_t measured = 0;
  for (int batch = 0; batch < 3; ++batch) {
    for (std::size_t i = 0; i < RangeCollector::capacity(); ++i) ranges.measure([&] { launch(); });
    for (auto const& values : ranges.collect()) measured += values.empty() ? 0 : 1;
  }

  EXPECT_EQ(measured, 3 * RangeCollector::capacity());
}

}  // namespace
}  // namespace fluxscope::profiler

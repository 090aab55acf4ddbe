#include <gtest/gtest.h>

#include "profiler/device/random_fill.hpp"
#include "profiler/machine/check.hpp"
#include "tests/close.hpp"
#include "tests/profiler/gpu_fixture.hpp"

namespace fluxscope::profiler {
namespace {

using fluxscope::testing::close;

class ClocksGpu : public GpuTest {};

TEST_F(ClocksGpu, EverySmHasAFitThatItsAnchorsFollow) {
  ClockCalibration const clocks = calibrate_clocks(sm_count_, nullptr);
  TimerFacts const timers = measure_timers(nullptr);

  ASSERT_EQ(clocks.records().size(), static_cast<std::size_t>(sm_count_));
  double worst = 0;
  for (ClockFit const& fit : clocks.sms) {
    EXPECT_EQ(fit.anchors, 256u);
    EXPECT_GT(fit.slope_ns_per_cyc, 0.2) << "5 GHz";
    EXPECT_LT(fit.slope_ns_per_cyc, 5.0) << "200 MHz";
    worst = std::max(worst, fit.rms_ns);
  }
  EXPECT_GE(timers.globaltimer_tick_ns, 1);
  EXPECT_GE(timers.clock64_read_floor_cyc, 1);
  std::printf("tick %.0f ns, clock64 floor %.0f cyc, mean slope %.6f ns/cyc, worst rms %.1f ns\n",
              timers.globaltimer_tick_ns, timers.clock64_read_floor_cyc,
              clocks.mean_slope_ns_per_cyc(), worst);
}

TEST_F(ClocksGpu, RandomFillIsStandardNormalAndTheSameForASeed) {
  std::size_t const count = 1 << 20;
  DeviceBuffer<__nv_bfloat16> a(count);
  DeviceBuffer<__nv_bfloat16> b(count);
  fill_random_normal(a.data(), count, 7, nullptr);
  fill_random_normal(b.data(), count, 7, nullptr);
  std::vector<__nv_bfloat16> host_a(count);
  std::vector<__nv_bfloat16> host_b(count);
  FLUXSCOPE_CUDA_CHECK(cudaMemcpy(host_a.data(), a.data(), 2 * count, cudaMemcpyDeviceToHost));
  FLUXSCOPE_CUDA_CHECK(cudaMemcpy(host_b.data(), b.data(), 2 * count, cudaMemcpyDeviceToHost));

  double sum = 0;
  double squares = 0;
  std::size_t beyond_two = 0;
  std::size_t different = 0;
  for (std::size_t i = 0; i < count; ++i) {
    double const x = __bfloat162float(host_a[i]);
    sum += x;
    squares += x * x;
    beyond_two += std::abs(x) > 2 ? 1 : 0;
    different += x == __bfloat162float(host_b[i]) ? 0 : 1;
  }
  auto const n = static_cast<double>(count);
  // 5 standard errors at 2^20 samples; 4.55 % of a normal lie beyond 2, bf16 rounding moves that
  // by about 0.1 points.
  EXPECT_TRUE(close(sum / n, 0, {.absolute = 0.005}));
  EXPECT_TRUE(close(squares / n, 1, {.absolute = 0.01}));
  EXPECT_TRUE(close(static_cast<double>(beyond_two) / n, 0.0455, {.absolute = 0.003}));
  EXPECT_EQ(different, 0u);
}

TEST_F(ClocksGpu, TheDoctorFindsTheGpu) {
  for (Finding const& finding : check_machine(system_libraries())) {
    std::printf("%d %s: %s %s\n", static_cast<int>(finding.health), finding.topic.c_str(),
                finding.text.c_str(), finding.remedy.c_str());
    if (finding.topic == "driver" || finding.topic == "GPU") {
      EXPECT_EQ(finding.health, Health::works) << finding.text;
    }
  }
}

}  // namespace
}  // namespace fluxscope::profiler

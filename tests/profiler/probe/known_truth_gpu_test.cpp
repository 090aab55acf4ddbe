// Kernels whose SM timeline is known in closed form.

#include <gtest/gtest.h>

#include "base/cuda/stream.hpp"
#include "profiler/timing/timed_graph.hpp"
#include "tests/close.hpp"
#include "tests/profiler/gpu_fixture.hpp"

namespace fluxscope::profiler {
namespace {

using fluxscope::testing::close;

constexpr std::uint64_t kDelayNs = 200'000;

class KnownTruth : public GpuTest {};

/// Share of the SM time of a launch that lies after each SM's last CTA.
double tail_area(LaunchTimeline const& timeline) {
  auto const length = static_cast<double>(timeline.window.last_ns - timeline.window.first_ns);
  double idle = 0;
  for (traces::SmRecord const& sm : timeline.sms) {
    std::int64_t const end =
        sm.last_out_ns == traces::kMissingNs ? timeline.window.first_ns : sm.last_out_ns;
    idle += static_cast<double>(timeline.window.last_ns - end);
  }
  return idle / (length * static_cast<double>(timeline.sms.size()));
}

TEST_F(KnownTruth, OneCtaTooManyLeavesAllButOneSmIdleForHalfTheTime) {
  auto const p = static_cast<std::size_t>(sm_count_);
  set_delays(std::vector<std::uint64_t>(p + 1, kDelayNs));

  auto const timeline = probed_run();

  // Two waves of d: P - 1 SMs wait d of 2 d. Launch ramp and CTA turnover: a few us of 400.
  double const want = static_cast<double>(p - 1) / (2.0 * static_cast<double>(p));
  EXPECT_TRUE(close(tail_area(timeline), want, {.absolute = 0.02}));
  EXPECT_EQ(timeline.ctas.size(), p + 1);
  EXPECT_EQ(timeline.dropped, 0u);
}

TEST_F(KnownTruth, OneCtaFourTimesAsLongIsThreeQuartersOfTail) {
  auto const p = static_cast<std::size_t>(sm_count_);
  std::vector<std::uint64_t> delays(p, kDelayNs);
  delays[p / 2] = 4 * kDelayNs;
  set_delays(delays);

  auto const timeline = probed_run();

  double const want = 0.75 * static_cast<double>(p - 1) / static_cast<double>(p);
  EXPECT_TRUE(close(tail_area(timeline), want, {.absolute = 0.02}));
  for (traces::SmRecord const& sm : timeline.sms) EXPECT_EQ(sm.ctas, 1u) << "SM " << sm.sm;
}

TEST_F(KnownTruth, EveryCtaLivesItsProgrammedTime) {
  std::vector<std::uint64_t> delays;
  for (int i = 0; i < sm_count_; ++i) {
    delays.push_back(50'000 + 1'000 * static_cast<std::uint64_t>(i));
  }
  set_delays(delays);

  auto const timeline = probed_run();

  for (traces::CtaRecord const& cta : timeline.ctas) {
    auto const life = static_cast<double>(cta.t_out_ns - cta.t_in_ns);
    // Two readings of a 32 ns timer; entry, barrier and exit of the kernel: about a microsecond.
    EXPECT_GE(life, static_cast<double>(delays[cta.cta]) - 1100) << "CTA " << cta.cta;
    EXPECT_LE(life, static_cast<double>(delays[cta.cta]) + 4000) << "CTA " << cta.cta;
  }
}

TEST_F(KnownTruth, AGraphIsTimedPerExecution) {
  set_delays(std::vector<std::uint64_t>(static_cast<std::size_t>(sm_count_), kDelayNs));
  launch();
  Stream const stream;
  TimedGraph graph(
      [&](std::uint32_t, cudaStream_t s) {
        launch_delays(delays_.data(), ctas_, smem_bytes_, {}, s);
      },
      5, stream.get());
  graph.launch();
  (void)graph.wait_ns();
  graph.launch();

  // Never shorter than programmed; the gap between two kernels is a few microseconds.
  double const time_ns = graph.wait_ns();
  EXPECT_GE(time_ns, 0.99 * static_cast<double>(kDelayNs));
  EXPECT_LE(time_ns, 1.10 * static_cast<double>(kDelayNs));
}

}  // namespace
}  // namespace fluxscope::profiler

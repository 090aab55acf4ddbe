#include "traces/export/step_slices.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>

namespace fluxscope::traces {
namespace {

using ::testing::ElementsAre;
using Drawn = std::tuple<std::string, std::int64_t, std::int64_t>;

StepLaunchRecord launch(std::uint32_t index, std::uint32_t layer, std::string op,
                        std::int64_t start_ns, std::int64_t end_ns) {
  return {.step_id = 0,
          .index = index,
          .layer = layer,
          .op = std::move(op),
          .start_ns = start_ns,
          .end_ns = end_ns};
}

std::vector<Drawn> drawn(Trace const& trace) {
  std::vector<Drawn> all;
  for (Slice const& one : step_slices(trace)) all.emplace_back(one.name, one.begin_ns, one.end_ns);
  return all;
}

TEST(StepSlices, AStepHoldsItsLayersAndTheyTheirLaunches) {
  Trace trace;
  trace.steps = {{.step_id = 0, .name = "decode/eager", .mode = "eager"}};
  trace.step_launches = {launch(1, 0, "rms_norm", 20, 30), launch(0, kNoRow, "embedding", 0, 10),
                         launch(2, 0, "decode", 40, 90), launch(3, 1, "rms_norm", 95, 99),
                         launch(4, kNoRow, "greedy_token", 100, 120)};

  EXPECT_THAT(drawn(trace),
              ElementsAre(Drawn("decode/eager", 0, 120), Drawn("embedding", 0, 10),
                          Drawn("layer 0", 20, 90), Drawn("rms_norm", 20, 30),
                          Drawn("decode", 40, 90), Drawn("layer 1", 95, 99),
                          Drawn("rms_norm", 95, 99), Drawn("greedy_token", 100, 120)));
  // All on one lane: a viewer nests them.
  auto const slices = step_slices(trace);
  EXPECT_THAT(assign_lanes(slices, Nesting::allowed), ::testing::Each(0u));
}

TEST(StepSlices, LaunchesWithoutTimesAreLeftOut) {
  Trace trace;
  trace.steps = {{.step_id = 0, .name = "s"}};
  trace.step_launches = {launch(0, 0, "rms_norm", kMissingNs, kMissingNs)};
  EXPECT_TRUE(step_slices(trace).empty());
}

}  // namespace
}  // namespace fluxscope::traces

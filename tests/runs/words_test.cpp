// traces/ may not include plan/, so what enumeration columns hold is spelled there a second time.

#include "traces/schema/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/layer/names.hpp"
#include "plan/op/catalog.hpp"
#include "plan/step/launch_mode.hpp"

namespace fluxscope::runs {
namespace {

using ::testing::Contains;
using ::testing::ElementsAreArray;
namespace words = traces::words;

TEST(Words, OfTracesAreThoseOfPlans) {
  EXPECT_THAT(plan::phase_names(), ElementsAreArray(words::kPhase));
  EXPECT_THAT(plan::execution_names(), ElementsAreArray(words::kExecution));
  EXPECT_THAT(plan::scheduler_names(), ElementsAreArray(words::kScheduler));
  EXPECT_THAT(plan::launch_mode_names(), ElementsAreArray(words::kLaunchMode));
}

TEST(Words, EverySelectionAndEveryCountIsInTheTrace) {
  using enum plan::SelectionKind;
  for (auto const kind : {full, streaming, triangle, blocks}) {
    EXPECT_THAT(words::kSparseKind, Contains(plan::to_text(kind)));
  }
  for (auto const& row : plan::op_catalog()) {
    EXPECT_THAT(words::kCountedAs, Contains(plan::counted_as(row.op)));
  }
}

}  // namespace
}  // namespace fluxscope::runs

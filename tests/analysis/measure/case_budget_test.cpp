#include "analysis/measure/case_budget.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace fluxscope::analysis {
namespace {

TEST(ProbeOverheads, AreOfTheLowestProbeLevelThatHasOne) {
  traces::Trace trace;
  trace.cases.resize(4);
  trace.overheads = {{0, 2, 0.5, false},
                     {2, 1, 0.3, false},
                     {0, 1, 0.1, false},
                     {0, 1, 0.2, false},  // the first of a level counts
                     {1, 0, 0.7, false},  // level 0 is no probe
                     {3, 1, std::numeric_limits<double>::quiet_NaN(), false},
                     {3, 2, -1, false},  // takes no time at all
                     {3, 3, 0.4, false}};

  EXPECT_EQ(probe_overheads(trace), (std::vector<double>{0.1, 0, 0.3, 0.4}));
}

}  // namespace
}  // namespace fluxscope::analysis

#include "workload/requests/summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fluxscope::workload {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(RequestSummary, SaysFormatClockSpanAndTokens) {
  RequestTrace trace{.format = "Mooncake", .clock = "timestamp in ms", .failed_requests = 3};
  for (std::int32_t i = 1; i <= 4; ++i) {
    trace.requests.push_back({.arrival_ns = (i - 1) * std::int64_t{500'000'000},
                              .prompt_tokens = 100 * i,
                              .output_tokens = i});
  }

  // 4 arrivals in 1.5 s; means 250 and 2.5; the 2nd of 4 is the median, the 4th the 99 %.
  EXPECT_THAT(summary_text(trace),
              AllOf(HasSubstr("Mooncake"), HasSubstr("timestamp in ms"),
                    HasSubstr("1.5 s, 2.667 arrivals/s"),
                    HasSubstr("mean 250.0, median 200, 99 % up to 400, most 400"),
                    HasSubstr("mean 2.5, median 2, 99 % up to 4, most 4")));
}

TEST(RequestSummary, HasNoRateWhereAllArriveAtOnce) {
  RequestTrace const trace{.requests = {{.arrival_ns = 0, .prompt_tokens = 3, .output_tokens = 4}}};
  EXPECT_THAT(summary_text(trace), HasSubstr("first to last arrival  0 s\n"));
}

TEST(RequestSummary, HasNoSpanWithoutArrivals) {
  RequestTrace const trace{.format = "Vidur",
                           .clock = "no arrivals",
                           .requests = {{.prompt_tokens = 3, .output_tokens = 4}}};
  EXPECT_THAT(summary_text(trace), HasSubstr("first to last arrival  -\n"));
}

}  // namespace
}  // namespace fluxscope::workload

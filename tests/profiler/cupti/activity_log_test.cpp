#include "profiler/cupti/activity_log.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace fluxscope::profiler {
namespace {

std::string name_of(CuptiTable const&, std::uint32_t callback_id) {
  return "api" + std::to_string(callback_id);
}

template <class Record>
void add(ActivityLog& log, Record const& record) {
  log.add(reinterpret_cast<CUpti_Activity const&>(record));
}

void add_kernel(ActivityLog& log, std::uint32_t correlation, std::uint64_t start, std::uint64_t end,
                char const* name = "_Z3fooi") {
  CUpti_ActivityKernel10 record{};
  record.kind = CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL;
  record.correlationId = correlation;
  record.start = start;
  record.end = end;
  record.gridX = 7;
  record.gridY = record.gridZ = record.blockY = record.blockZ = 1;
  record.blockX = 128;
  record.staticSharedMemory = 100;
  record.dynamicSharedMemory = 1000;
  record.registersPerThread = 96;
  record.name = name;
  add(log, record);
}

void add_id(ActivityLog& log, std::uint32_t correlation, std::uint64_t id,
            CUpti_ExternalCorrelationKind kind = CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0) {
  CUpti_ActivityExternalCorrelation record{};
  record.kind = CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION;
  record.externalKind = kind;
  record.externalId = id;
  record.correlationId = correlation;
  add(log, record);
}

void add_marker(ActivityLog& log, std::uint32_t id, CUpti_ActivityFlag flag, std::uint64_t time,
                char const* name) {
  CUpti_ActivityMarker2 record{};
  record.kind = CUPTI_ACTIVITY_KIND_MARKER;
  record.id = id;
  record.flags = flag;
  record.timestamp = time;
  record.name = name;
  add(log, record);
}

class ActivityLogTest : public ::testing::Test {
 protected:
  CuptiTable cupti_;
  ActivityLog log_{cupti_, &name_of};
};

TEST_F(ActivityLogTest, AKernelIsJoinedWithItsCaseAndLaunchInAnyOrder) {
  add_kernel(log_, 11, 100, 250);
  add_id(log_, 11, 0x50100u);
  add_id(log_, 11, 2, CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM1);

  log_.finish();

  ASSERT_EQ(log_.kernels().size(), 1u);
  KernelActivity const& kernel = log_.kernels()[0];
  EXPECT_EQ(kernel.external_id, 0x50100u);
  EXPECT_EQ(kernel.launch_index, 2u);
  EXPECT_EQ(kernel.name, "foo(int)");
  EXPECT_EQ(kernel.end_ns - kernel.start_ns, 150);
  EXPECT_EQ(kernel.grid_ctas, 7);
  EXPECT_EQ(kernel.threads_per_cta, 128);
  EXPECT_EQ(kernel.smem_bytes, 1100);
  EXPECT_EQ(log_.losses().unmatched_kernels, 0u);
}

TEST_F(ActivityLogTest, KernelsWithoutTimesOrWithoutACaseAreCounted) {
  add_kernel(log_, 1, 0, 0);
  add_kernel(log_, 2, 10, 20, "_ZN9fluxscope3fooEi");

  log_.finish();

  EXPECT_EQ(log_.losses().zero_timestamps, 1u);
  EXPECT_EQ(log_.losses().unmatched_kernels, 1u);
  EXPECT_EQ(log_.losses().foreign_kernels, 0u);
}

TEST_F(ActivityLogTest, AKernelOfOtherCodeIsForeignUnlessACaseLaunchedIt) {
  add_kernel(log_, 1, 10, 20, "_ZN4gemm6kernelEi");
  add_kernel(log_, 2, 30, 40, nullptr);
  add_kernel(log_, 3, 50, 60, "_ZN4gemm6kernelEi");
  add_id(log_, 3, 0x50100u);

  log_.finish();

  EXPECT_EQ(log_.losses().foreign_kernels, 2u);
  EXPECT_EQ(log_.losses().unmatched_kernels, 0u);
}

TEST_F(ActivityLogTest, OnlyKernelsThatRunTogetherOverlap) {
  add_kernel(log_, 1, 100, 200);
  add_kernel(log_, 2, 150, 160);
  add_kernel(log_, 3, 190, 300);
  add_kernel(log_, 4, 300, 400);

  log_.finish();

  EXPECT_TRUE(log_.kernels()[0].overlapped);
  EXPECT_TRUE(log_.kernels()[1].overlapped);
  EXPECT_TRUE(log_.kernels()[2].overlapped);
  EXPECT_FALSE(log_.kernels()[3].overlapped);
}

TEST_F(ActivityLogTest, MarkersArePairedByIdAndHalvesAreCounted) {
  add_marker(log_, 1, CUPTI_ACTIVITY_FLAG_MARKER_START, 10, "outer");
  add_marker(log_, 2, CUPTI_ACTIVITY_FLAG_MARKER_START, 20, "inner");
  add_marker(log_, 2, CUPTI_ACTIVITY_FLAG_MARKER_END, 30, nullptr);
  add_marker(log_, 1, CUPTI_ACTIVITY_FLAG_MARKER_END, 40, nullptr);
  add_marker(log_, 3, CUPTI_ACTIVITY_FLAG_MARKER_END, 50, nullptr);
  add_marker(log_, 4, CUPTI_ACTIVITY_FLAG_MARKER_START, 60, "open");

  log_.finish();

  ASSERT_EQ(log_.rows().size(), 2u);
  EXPECT_EQ(log_.rows()[0].name, "outer");
  EXPECT_EQ(log_.rows()[0].end_ns, 40);
  EXPECT_EQ(log_.rows()[1].name, "inner");
  EXPECT_EQ(log_.losses().unmatched_markers, 2u);
}

TEST_F(ActivityLogTest, ApiCallsOfACaseAreKeptOthersCounted) {
  CUpti_ActivityAPI call{};
  call.kind = CUPTI_ACTIVITY_KIND_RUNTIME;
  call.cbid = 211;
  call.start = 5;
  call.end = 9;
  call.correlationId = 8;
  add(log_, call);
  call.correlationId = 9;
  add(log_, call);
  add_id(log_, 8, 0x100u);

  log_.finish();

  ASSERT_EQ(log_.rows().size(), 1u);
  EXPECT_EQ(log_.rows()[0].kind, "api");
  EXPECT_EQ(log_.rows()[0].name, "api211");
  EXPECT_EQ(log_.losses().other_api_calls, 1u);
}

TEST_F(ActivityLogTest, CuptisOwnOverheadIsARow) {
  CUpti_ActivityOverhead3 record{};
  record.kind = CUPTI_ACTIVITY_KIND_OVERHEAD;
  record.overheadKind = CUPTI_ACTIVITY_OVERHEAD_CUPTI_INSTRUMENTATION;
  record.start = 1;
  record.end = 4;
  add(log_, record);

  log_.finish();

  ASSERT_EQ(log_.rows().size(), 1u);
  EXPECT_EQ(log_.rows()[0].name, "cupti_instrumentation");
}

TEST_F(ActivityLogTest, AnUnknownKindIsCountedNotRead) {
  CUpti_Activity record{};
  record.kind = CUPTI_ACTIVITY_KIND_MEMCPY;

  log_.add(record);

  EXPECT_EQ(log_.losses().unknown_kinds, 1u);
}

}  // namespace
}  // namespace fluxscope::profiler

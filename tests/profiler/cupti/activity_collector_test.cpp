#include "profiler/cupti/activity_collector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "base/error.hpp"

namespace fluxscope::profiler {
namespace {

/// A CUPTI that runs in this process: remembers what is enabled, hands out one buffer at a flush.
struct FakeCupti {
  static inline std::set<int> enabled;
  static inline CUpti_BuffersCallbackRequestFunc request = nullptr;
  static inline CUpti_BuffersCallbackCompleteFunc complete = nullptr;
  static inline CUptiResult enable_result = CUPTI_SUCCESS;
  static inline std::size_t dropped = 0;
  static inline bool kernel_waiting = false;
  static inline std::uint64_t first_time = 0;

  static CUptiResult CUPTIAPI enable(CUpti_ActivityKind kind) {
    if (enable_result == CUPTI_SUCCESS) enabled.insert(kind);
    return enable_result;
  }
  static CUptiResult CUPTIAPI disable(CUpti_ActivityKind kind) {
    enabled.erase(kind);
    return CUPTI_SUCCESS;
  }
  static CUptiResult CUPTIAPI callbacks(CUpti_BuffersCallbackRequestFunc wanted,
                                        CUpti_BuffersCallbackCompleteFunc done) {
    request = wanted;
    complete = done;
    return CUPTI_SUCCESS;
  }
  static CUptiResult CUPTIAPI flush(std::uint32_t) {
    if (!kernel_waiting) return CUPTI_SUCCESS;
    kernel_waiting = false;
    std::uint8_t* buffer = nullptr;
    std::size_t size = 0;
    std::size_t records = 0;
    request(&buffer, &size, &records);
    CUpti_ActivityKernel10 kernel{};
    kernel.kind = CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL;
    kernel.start = 1;
    kernel.end = 2;
    std::memcpy(buffer, &kernel, sizeof kernel);
    complete(nullptr, 0, buffer, size, sizeof kernel);
    return CUPTI_SUCCESS;
  }
  static CUptiResult CUPTIAPI next(std::uint8_t* buffer, std::size_t, CUpti_Activity** record) {
    if (*record != nullptr) return CUPTI_ERROR_MAX_LIMIT_REACHED;
    *record = reinterpret_cast<CUpti_Activity*>(buffer);
    return CUPTI_SUCCESS;
  }
  static CUptiResult CUPTIAPI count_dropped(CUcontext, std::uint32_t, std::size_t* count) {
    *count = dropped;
    return CUPTI_SUCCESS;
  }

  static CUptiResult CUPTIAPI timestamps(CUpti_TimestampCallbackFunc clock) {
    first_time = clock();
    return CUPTI_SUCCESS;
  }

  static CuptiTable table() {
    enabled.clear();
    enable_result = CUPTI_SUCCESS;
    dropped = 0;
    kernel_waiting = false;
    CuptiTable cupti;
    cupti.cuptiActivityEnable = &enable;
    cupti.cuptiActivityDisable = &disable;
    cupti.cuptiActivityRegisterCallbacks = &callbacks;
    cupti.cuptiActivityRegisterTimestampCallback = &timestamps;
    cupti.cuptiActivityFlushAll = &flush;
    cupti.cuptiActivityGetNextRecord = &next;
    cupti.cuptiActivityGetNumDroppedRecords = &count_dropped;
    return cupti;
  }
};

TEST(ActivityCollector, RecordsOfAFlushedBufferAreRead) {
  CuptiTable const cupti = FakeCupti::table();
  ActivityCollector collector(cupti);
  FakeCupti::kernel_waiting = true;

  ActivityLog const log = collector.finish();

  EXPECT_EQ(log.kernels().size(), 1u);
  EXPECT_TRUE(FakeCupti::enabled.empty()) << "every kind is disabled again";
}

TEST(ActivityCollector, DroppedRecordsAreCounted) {
  CuptiTable const cupti = FakeCupti::table();
  ActivityCollector collector(cupti);
  FakeCupti::dropped = 41;

  EXPECT_EQ(collector.finish().losses().dropped_records, 41u);
}

TEST(ActivityCollector, ARefusedKindThrowsAndLeavesNothingEnabled) {
  CuptiTable const cupti = FakeCupti::table();
  FakeCupti::enable_result = CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED;

  EXPECT_THROW({ ActivityCollector collector(cupti); }, CuptiError);
  EXPECT_TRUE(FakeCupti::enabled.empty());

  FakeCupti::enable_result = CUPTI_SUCCESS;
  EXPECT_NO_THROW({ ActivityCollector collector(cupti); }) << "the place is free again";
}

TEST(ActivityCollector, TwoAtATimeAreABrokenContract) {
  CuptiTable const cupti = FakeCupti::table();
  ActivityCollector const first(cupti);

  EXPECT_THROW({ ActivityCollector second(cupti); }, ContractError);
}

}  // namespace
}  // namespace fluxscope::profiler

#pragma once
// The CUPTI functions that the profiler calls, as a table of pointers. A run without CUPTI, or with
// one that is too old, is a run without the passes that need it; tests fill the table with fakes.

#include <cupti.h>
#include <cupti_profiler_host.h>
#include <cupti_profiler_target.h>
#include <cupti_range_profiler.h>
#include <cupti_target.h>

#include <stdexcept>
#include <string>

namespace fluxscope::profiler {

#define FLUXSCOPE_CUPTI_FUNCTIONS(X)              \
  X(cuptiGetVersion)                              \
  X(cuptiGetResultString)                         \
  X(cuptiGetTimestamp)                            \
  X(cuptiSubscribe)                               \
  X(cuptiUnsubscribe)                             \
  X(cuptiGetCallbackName)                         \
  X(cuptiActivityEnable)                          \
  X(cuptiActivityDisable)                         \
  X(cuptiActivityRegisterCallbacks)               \
  X(cuptiActivityRegisterTimestampCallback)       \
  X(cuptiActivityGetNextRecord)                   \
  X(cuptiActivityGetNumDroppedRecords)            \
  X(cuptiActivityFlushAll)                        \
  X(cuptiActivityPushExternalCorrelationId)       \
  X(cuptiActivityPopExternalCorrelationId)        \
  X(cuptiDeviceGetChipName)                       \
  X(cuptiProfilerInitialize)                      \
  X(cuptiProfilerDeInitialize)                    \
  X(cuptiProfilerDeviceSupported)                 \
  X(cuptiProfilerGetCounterAvailability)          \
  X(cuptiProfilerHostInitialize)                  \
  X(cuptiProfilerHostDeinitialize)                \
  X(cuptiProfilerHostConfigAddMetrics)            \
  X(cuptiProfilerHostGetConfigImageSize)          \
  X(cuptiProfilerHostGetConfigImage)              \
  X(cuptiProfilerHostGetNumOfPasses)              \
  X(cuptiProfilerHostEvaluateToGpuValues)         \
  X(cuptiRangeProfilerEnable)                     \
  X(cuptiRangeProfilerDisable)                    \
  X(cuptiRangeProfilerSetConfig)                  \
  X(cuptiRangeProfilerStart)                      \
  X(cuptiRangeProfilerStop)                       \
  X(cuptiRangeProfilerPushRange)                  \
  X(cuptiRangeProfilerPopRange)                   \
  X(cuptiRangeProfilerDecodeData)                 \
  X(cuptiRangeProfilerGetCounterDataSize)         \
  X(cuptiRangeProfilerCounterDataImageInitialize) \
  X(cuptiRangeProfilerGetCounterDataInfo)         \
  X(cuptiRangeProfilerCounterDataGetRangeInfo)

struct CuptiTable {
#define FLUXSCOPE_CUPTI_MEMBER(name) decltype(&::name) name = nullptr;
  FLUXSCOPE_CUPTI_FUNCTIONS(FLUXSCOPE_CUPTI_MEMBER)
#undef FLUXSCOPE_CUPTI_MEMBER
};

/// A CUPTI call failed. The text says why and what to do; a pass that meets it is absent.
class CuptiError : public std::runtime_error {
 public:
  CuptiError(CUptiResult code, std::string const& what) : std::runtime_error(what), code_(code) {}
  [[nodiscard]] CUptiResult code() const { return code_; }

 private:
  CUptiResult code_;
};

/// "call: CUPTI_ERROR_X (why it happens) what to do".
[[nodiscard]] std::string describe_cupti_error(CuptiTable const& cupti, CUptiResult code,
                                               char const* call);

/// Throws CuptiError unless `code` is success.
void cupti_check(CuptiTable const& cupti, CUptiResult code, char const* call);

}  // namespace fluxscope::profiler

/// FLUXSCOPE_CUPTI(table, cuptiX(&params)): calls through the table and checks.
#define FLUXSCOPE_CUPTI(table, call) \
  ::fluxscope::profiler::cupti_check((table), (table).call, #call)

#include "profiler/cupti/activity_collector.hpp"

#include <time.h>

#include <array>
#include <cstdlib>
#include <mutex>
#include <optional>

#include "base/error.hpp"

namespace fluxscope::profiler {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{4} << 20;
constexpr std::size_t kBufferAlign = 8;

// MARKER first: enabling it makes CUPTI listen to NVTX. RUNTIME is needed for the external ids.
constexpr std::array kKinds = {
    CUPTI_ACTIVITY_KIND_MARKER,   CUPTI_ACTIVITY_KIND_NAME,
    CUPTI_ACTIVITY_KIND_RUNTIME,  CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION,
    CUPTI_ACTIVITY_KIND_OVERHEAD, CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL};

/// What the callbacks write to: they get no user data, and CUPTI may call them from any thread.
struct Sink {
  std::mutex mutex;
  CuptiTable const* cupti = nullptr;
  std::optional<ActivityLog> log;
  std::uint64_t rejected_buffers = 0;
};

Sink& sink() {
  static Sink instance;
  return instance;
}

void CUPTIAPI buffer_requested(std::uint8_t** buffer, std::size_t* size, std::size_t* max_records) {
  *max_records = 0;  // as many as fit
  *size = kBufferBytes;
  *buffer = static_cast<std::uint8_t*>(std::aligned_alloc(kBufferAlign, kBufferBytes));
  if (*buffer != nullptr) return;
  *size = 0;
  std::scoped_lock const lock(sink().mutex);
  ++sink().rejected_buffers;
}

void CUPTIAPI buffer_completed(CUcontext, std::uint32_t, std::uint8_t* buffer, std::size_t,
                               std::size_t valid_bytes) {
  {
    std::scoped_lock const lock(sink().mutex);
    if (sink().log.has_value()) {
      CUpti_Activity* record = nullptr;
      while (sink().cupti->cuptiActivityGetNextRecord(buffer, valid_bytes, &record) ==
             CUPTI_SUCCESS) {
        sink().log->add(*record);
      }
    }
  }
  std::free(buffer);
}

/// CUPTI's own host clock can be stepped by whoever sets the time; this one cannot.
std::uint64_t CUPTIAPI host_clock_ns() {
  timespec now{};
  (void)clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

ActivityCollector::ActivityCollector(CuptiTable const& cupti) : cupti_(cupti) {
  {
    std::scoped_lock const lock(sink().mutex);
    expects(!sink().log.has_value(), "one ActivityCollector at a time");
    sink().cupti = &cupti;
    sink().log.emplace(cupti, &runtime_api_name);
    sink().rejected_buffers = 0;
  }
  enabled_ = true;
  try {
    FLUXSCOPE_CUPTI(cupti_, cuptiActivityRegisterTimestampCallback(&host_clock_ns));
    FLUXSCOPE_CUPTI(cupti_, cuptiActivityRegisterCallbacks(&buffer_requested, &buffer_completed));
    for (CUpti_ActivityKind const kind : kKinds) {
      FLUXSCOPE_CUPTI(cupti_, cuptiActivityEnable(kind));
    }
  } catch (CuptiError const&) {
    disable();
    throw;
  }
}

ActivityCollector::~ActivityCollector() {
  if (enabled_) disable();
}

void ActivityCollector::disable() noexcept {
  // Best effort on the way out of a failure: what cannot be disabled stays on without effect.
  for (CUpti_ActivityKind const kind : kKinds) (void)cupti_.cuptiActivityDisable(kind);
  (void)cupti_.cuptiActivityFlushAll(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
  std::scoped_lock const lock(sink().mutex);
  sink().log.reset();
  enabled_ = false;
}

ActivityLog ActivityCollector::finish() {
  expects(enabled_, "ActivityCollector::finish is called once");
  FLUXSCOPE_CUPTI(cupti_, cuptiActivityFlushAll(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED));
  for (CUpti_ActivityKind const kind : kKinds) {
    FLUXSCOPE_CUPTI(cupti_, cuptiActivityDisable(kind));
  }
  FLUXSCOPE_CUPTI(cupti_, cuptiActivityFlushAll(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED));
  // Counted while no lock is held: a completed buffer's callback may run meanwhile and wants it.
  std::size_t dropped = 0;
  FLUXSCOPE_CUPTI(cupti_, cuptiActivityGetNumDroppedRecords(nullptr, 0, &dropped));

  std::scoped_lock const lock(sink().mutex);
  ActivityLog log = std::move(*sink().log);
  sink().log.reset();
  enabled_ = false;
  log.losses().dropped_records = dropped;
  log.losses().rejected_buffers = sink().rejected_buffers;
  log.finish();
  return log;
}

LaunchTag::LaunchTag(CuptiTable const& cupti, std::uint64_t id, std::uint32_t launch_index)
    : cupti_(cupti) {
  FLUXSCOPE_CUPTI(
      cupti_, cuptiActivityPushExternalCorrelationId(CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0, id));
  FLUXSCOPE_CUPTI(cupti_, cuptiActivityPushExternalCorrelationId(
                              CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM1, launch_index));
}

LaunchTag::~LaunchTag() {
  std::uint64_t last = 0;
  (void)cupti_.cuptiActivityPopExternalCorrelationId(CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM1,
                                                     &last);
  (void)cupti_.cuptiActivityPopExternalCorrelationId(CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0,
                                                     &last);
}

}  // namespace fluxscope::profiler

#include "profiler/cupti/activity_log.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <numeric>

namespace fluxscope::profiler {
namespace {

std::string demangled(char const* name) {
  if (name == nullptr) return {};
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(name, nullptr, nullptr, &status), &std::free);
  return status == 0 && text != nullptr ? std::string(text.get()) : std::string(name);
}

std::string overhead_name(CUpti_ActivityOverheadKind kind) {
  switch (kind) {
    case CUPTI_ACTIVITY_OVERHEAD_DRIVER_COMPILER:
      return "driver_compiler";
    case CUPTI_ACTIVITY_OVERHEAD_CUPTI_BUFFER_FLUSH:
      return "cupti_buffer_flush";
    case CUPTI_ACTIVITY_OVERHEAD_CUPTI_INSTRUMENTATION:
      return "cupti_instrumentation";
    case CUPTI_ACTIVITY_OVERHEAD_CUPTI_RESOURCE:
      return "cupti_resource";
    case CUPTI_ACTIVITY_OVERHEAD_RUNTIME_TRIGGERED_MODULE_LOADING:
      return "module_loading";
    case CUPTI_ACTIVITY_OVERHEAD_LAZY_FUNCTION_LOADING:
      return "lazy_function_loading";
    case CUPTI_ACTIVITY_OVERHEAD_COMMAND_BUFFER_FULL:
      return "command_buffer_full";
    case CUPTI_ACTIVITY_OVERHEAD_ACTIVITY_BUFFER_REQUEST:
      return "activity_buffer_request";
    default:
      return "overhead_" + std::to_string(static_cast<int>(kind));
  }
}

/// Records are stored packed and 8-byte aligned: the cast is CUPTI's documented way to read them.
template <class Record>
Record const& as(CUpti_Activity const& record) {
  return *reinterpret_cast<Record const*>(&record);
}

/// All kernels of this program are in its namespace.
bool is_ours(std::string const& name) { return name.find("fluxscope::") != std::string::npos; }

std::int64_t ns(std::uint64_t time) { return static_cast<std::int64_t>(time); }

}  // namespace

std::string runtime_api_name(CuptiTable const& cupti, std::uint32_t callback_id) {
  char const* name = nullptr;
  if (cupti.cuptiGetCallbackName(CUPTI_CB_DOMAIN_RUNTIME_API, callback_id, &name) !=
          CUPTI_SUCCESS ||
      name == nullptr) {
    return "runtime_api_" + std::to_string(callback_id);
  }
  return name;
}

void ActivityLog::add(CUpti_Activity const& record) {
  switch (record.kind) {
    case CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL:
    case CUPTI_ACTIVITY_KIND_KERNEL:
      return add_kernel(as<CUpti_ActivityKernel10>(record));
    case CUPTI_ACTIVITY_KIND_RUNTIME:
      return add_api(as<CUpti_ActivityAPI>(record));
    case CUPTI_ACTIVITY_KIND_MARKER:
      return add_marker(as<CUpti_ActivityMarker2>(record));
    case CUPTI_ACTIVITY_KIND_OVERHEAD:
      return add_overhead(as<CUpti_ActivityOverhead3>(record));
    case CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION:
      return add_correlation(as<CUpti_ActivityExternalCorrelation>(record));
    case CUPTI_ACTIVITY_KIND_NAME:
    case CUPTI_ACTIVITY_KIND_MARKER_DATA:
      return;  // names and colours of the user's own objects: nothing of ours
    default:
      ++losses_.unknown_kinds;
  }
}

void ActivityLog::add_kernel(CUpti_ActivityKernel10 const& record) {
  if (record.start == 0 || record.end == 0) {
    ++losses_.zero_timestamps;
    return;
  }
  kernels_.push_back(
      {.correlation = record.correlationId,
       .name = demangled(record.name),
       .start_ns = ns(record.start),
       .end_ns = ns(record.end),
       .grid_ctas = record.gridX * record.gridY * record.gridZ,
       .threads_per_cta = record.blockX * record.blockY * record.blockZ,
       .registers_per_thread = record.registersPerThread,
       .smem_bytes = std::int64_t{record.staticSharedMemory} + record.dynamicSharedMemory});
}

void ActivityLog::add_api(CUpti_ActivityAPI const& record) {
  api_calls_.emplace_back(record.cbid, traces::ActivityRecord{.kind = "api",
                                                              .start_ns = ns(record.start),
                                                              .end_ns = ns(record.end),
                                                              .correlation = record.correlationId});
}

void ActivityLog::add_marker(CUpti_ActivityMarker2 const& record) {
  std::uint32_t const id = record.id;
  std::int64_t const time = ns(record.timestamp);
  if ((record.flags & CUPTI_ACTIVITY_FLAG_MARKER_START) != 0) {
    std::string name = record.name != nullptr ? record.name : "";
    if (auto const end = early_ends_.find(id); end != early_ends_.end()) {
      rows_.push_back(
          {.kind = "nvtx", .name = std::move(name), .start_ns = time, .end_ns = end->second});
      early_ends_.erase(end);
      return;
    }
    open_markers_[id] = {std::move(name), time};
  } else if ((record.flags & CUPTI_ACTIVITY_FLAG_MARKER_END) != 0) {
    auto const begin = open_markers_.find(id);
    if (begin == open_markers_.end()) {
      early_ends_[id] = time;
      return;
    }
    rows_.push_back({.kind = "nvtx",
                     .name = std::move(begin->second.name),
                     .start_ns = begin->second.start_ns,
                     .end_ns = time});
    open_markers_.erase(begin);
  } else {
    ++losses_.unmatched_markers;
  }
}

void ActivityLog::add_overhead(CUpti_ActivityOverhead3 const& record) {
  rows_.push_back({.kind = "overhead",
                   .name = overhead_name(record.overheadKind),
                   .start_ns = ns(record.start),
                   .end_ns = ns(record.end),
                   .correlation = record.correlationId});
}

void ActivityLog::add_correlation(CUpti_ActivityExternalCorrelation const& record) {
  auto& ids =
      record.externalKind == CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM1 ? launch_ids_ : case_ids_;
  ids[record.correlationId] = record.externalId;
}

void ActivityLog::flag_overlaps() {
  std::vector<std::size_t> order(kernels_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return kernels_[a].start_ns < kernels_[b].start_ns;
  });
  std::size_t latest = 0;  // the kernel, among those seen, that ends last
  for (std::size_t i = 1; i < order.size(); ++i) {
    KernelActivity& before = kernels_[order[latest]];
    KernelActivity& kernel = kernels_[order[i]];
    if (kernel.start_ns < before.end_ns) before.overlapped = kernel.overlapped = true;
    if (kernel.end_ns > before.end_ns) latest = i;
  }
}

void ActivityLog::finish() {
  for (KernelActivity& kernel : kernels_) {
    auto const id = case_ids_.find(kernel.correlation);
    if (id == case_ids_.end()) {
      ++(is_ours(kernel.name) ? losses_.unmatched_kernels : losses_.foreign_kernels);
      continue;
    }
    kernel.external_id = id->second;
    if (auto const index = launch_ids_.find(kernel.correlation); index != launch_ids_.end()) {
      kernel.launch_index = static_cast<std::uint32_t>(index->second);
    }
  }
  flag_overlaps();
  for (auto& [callback_id, row] : api_calls_) {
    if (!case_ids_.contains(row.correlation)) {
      ++losses_.other_api_calls;
      continue;
    }
    row.name = namer_(cupti_, callback_id);
    rows_.push_back(std::move(row));
  }
  api_calls_.clear();
  losses_.unmatched_markers += open_markers_.size() + early_ends_.size();
  std::sort(rows_.begin(), rows_.end(),
            [](auto const& a, auto const& b) { return a.start_ns < b.start_ns; });
}

}  // namespace fluxscope::profiler

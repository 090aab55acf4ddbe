#include "profiler/cupti/range_collector.hpp"

#include <cuda_runtime_api.h>

#include "base/cuda/check.hpp"
#include "base/error.hpp"

namespace fluxscope::profiler {
namespace {

/// Also initialises CUPTI's profiler, which the other calls need.
std::vector<std::uint8_t> availability_image(CuptiTable const& cupti) {
  CUpti_Profiler_Initialize_Params init{};
  init.structSize = CUpti_Profiler_Initialize_Params_STRUCT_SIZE;
  FLUXSCOPE_CUPTI(cupti, cuptiProfilerInitialize(&init));
  CUpti_Profiler_GetCounterAvailability_Params params{};
  params.structSize = CUpti_Profiler_GetCounterAvailability_Params_STRUCT_SIZE;
  FLUXSCOPE_CUPTI(cupti, cuptiProfilerGetCounterAvailability(&params));
  std::vector<std::uint8_t> image(params.counterAvailabilityImageSize);
  params.pCounterAvailabilityImage = image.data();
  FLUXSCOPE_CUPTI(cupti, cuptiProfilerGetCounterAvailability(&params));
  return image;
}

CUcontext current_context() {
  // Through the runtime, because a link to libcuda would keep the program from starting without it.
  CUcontext context = nullptr;
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult found{};
  FLUXSCOPE_CUDA_CHECK(cudaGetDriverEntryPointByVersion("cuCtxGetCurrent", &entry, 12000,
                                                        cudaEnableDefault, &found));
  expects(found == cudaDriverEntryPointSuccess, "the driver has cuCtxGetCurrent");
  auto const get = reinterpret_cast<decltype(&::cuCtxGetCurrent)>(entry);
  expects(get(&context) == CUDA_SUCCESS && context != nullptr, "a CUDA context is current");
  return context;
}

}  // namespace

std::string chip_name(CuptiTable const& cupti, int device) {
  CUpti_Device_GetChipName_Params params{};
  params.structSize = CUpti_Device_GetChipName_Params_STRUCT_SIZE;
  params.deviceIndex = static_cast<std::size_t>(device);
  FLUXSCOPE_CUPTI(cupti, cuptiDeviceGetChipName(&params));
  return params.pChipName;
}

RangeCollector::RangeCollector(CuptiTable const& cupti, int device,
                               std::span<CounterInfo const> counters)
    : cupti_(cupti), host_(cupti, chip_name(cupti, device), availability_image(cupti), counters) {
  if (host_.passes() != 1) {
    throw InputError("counters: the set needs " + std::to_string(host_.passes()) +
                     " passes on this chip (each launch is measured once, never replayed). Use "
                     "fewer counters.");
  }
  try {
    enable();
  } catch (CuptiError const&) {
    disable();
    throw;
  }
}

RangeCollector::~RangeCollector() { disable(); }

void RangeCollector::enable() {
  CUpti_RangeProfiler_Enable_Params enable{};
  enable.structSize = CUpti_RangeProfiler_Enable_Params_STRUCT_SIZE;
  enable.ctx = current_context();
  FLUXSCOPE_CUPTI(cupti_, cuptiRangeProfilerEnable(&enable));
  profiler_ = enable.pRangeProfilerObject;

  std::vector<char const*> names = host_.names();
  CUpti_RangeProfiler_GetCounterDataSize_Params size{};
  size.structSize = CUpti_RangeProfiler_GetCounterDataSize_Params_STRUCT_SIZE;
  size.pRangeProfilerObject = profiler_;
  size.pMetricNames = names.data();
  size.numMetrics = names.size();
  size.maxNumOfRanges = capacity();
  size.maxNumRangeTreeNodes = static_cast<std::uint32_t>(capacity());
  FLUXSCOPE_CUPTI(cupti_, cuptiRangeProfilerGetCounterDataSize(&size));
  image_.resize(size.counterDataSize);
  start();
}

void RangeCollector::reset_image() {
  CUpti_RangeProfiler_CounterDataImage_Initialize_Params image{};
  image.structSize = CUpti_RangeProfiler_CounterDataImage_Initialize_Params_STRUCT_SIZE;
  image.pRangeProfilerObject = profiler_;
  image.pCounterData = image_.data();
  image.counterDataSize = image_.size();
  FLUXSCOPE_CUPTI(cupti_, cuptiRangeProfilerCounterDataImageInitialize(&image));
}

void RangeCollector::start() {
  reset_image();
  CUpti_RangeProfiler_SetConfig_Params config{};
  config.structSize = CUpti_RangeProfiler_SetConfig_Params_STRUCT_SIZE;
  config.pRangeProfilerObject = profiler_;
  config.pConfig = host_.config().data();
  config.configSize = host_.config().size();
  config.pCounterDataImage = image_.data();
  config.counterDataImageSize = image_.size();
  config.range = CUPTI_UserRange;
  config.replayMode = CUPTI_UserReplay;
  config.maxRangesPerPass = capacity();
  config.numNestingLevels = 1;
  config.minNestingLevel = 1;
  config.passIndex = 0;
  config.targetNestingLevel = 1;
  FLUXSCOPE_CUPTI(cupti_, cuptiRangeProfilerSetConfig(&config));
  CUpti_RangeProfiler_Start_Params begin{};
  begin.structSize = CUpti_RangeProfiler_Start_Params_STRUCT_SIZE;
  begin.pRangeProfilerObject = profiler_;
  FLUXSCOPE_CUPTI(cupti_, cuptiRangeProfilerStart(&begin));
  pending_ = 0;
}

void RangeCollector::disable() noexcept {
  if (profiler_ == nullptr) return;
  CUpti_RangeProfiler_Stop_Params stop{};
  stop.structSize = CUpti_RangeProfiler_Stop_Params_STRUCT_SIZE;
  stop.pRangeProfilerObject = profiler_;
  (void)cupti_.cuptiRangeProfilerStop(&stop);
  CUpti_RangeProfiler_Disable_Params params{};
  params.structSize = CUpti_RangeProfiler_Disable_Params_STRUCT_SIZE;
  params.pRangeProfilerObject = profiler_;
  (void)cupti_.cuptiRangeProfilerDisable(&params);
  profiler_ = nullptr;
}

void RangeCollector::measure(std::function<void()> const& launch) {
  expects(pending_ < capacity(), "collect() before the counter image is full");
  std::string const name = std::to_string(pending_);
  CUpti_RangeProfiler_PushRange_Params push{};
  push.structSize = CUpti_RangeProfiler_PushRange_Params_STRUCT_SIZE;
  push.pRangeProfilerObject = profiler_;
  push.pRangeName = name.c_str();
  FLUXSCOPE_CUPTI(cupti_, cuptiRangeProfilerPushRange(&push));
  launch();
  FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
  CUpti_RangeProfiler_PopRange_Params pop{};
  pop.structSize = CUpti_RangeProfiler_PopRange_Params_STRUCT_SIZE;
  pop.pRangeProfilerObject = profiler_;
  FLUXSCOPE_CUPTI(cupti_, cuptiRangeProfilerPopRange(&pop));
  ++pending_;
}

std::vector<std::vector<double>> RangeCollector::collect() {
  CUpti_RangeProfiler_Stop_Params stop{};
  stop.structSize = CUpti_RangeProfiler_Stop_Params_STRUCT_SIZE;
  stop.pRangeProfilerObject = profiler_;
  FLUXSCOPE_CUPTI(cupti_, cuptiRangeProfilerStop(&stop));
  CUpti_RangeProfiler_DecodeData_Params decode{};
  decode.structSize = CUpti_RangeProfiler_DecodeData_Params_STRUCT_SIZE;
  decode.pRangeProfilerObject = profiler_;
  FLUXSCOPE_CUPTI(cupti_, cuptiRangeProfilerDecodeData(&decode));
  dropped_ += decode.numOfRangeDropped;
  CUpti_RangeProfiler_GetCounterDataInfo_Params info{};
  info.structSize = CUpti_RangeProfiler_GetCounterDataInfo_Params_STRUCT_SIZE;
  info.pCounterDataImage = image_.data();
  info.counterDataImageSize = image_.size();
  FLUXSCOPE_CUPTI(cupti_, cuptiRangeProfilerGetCounterDataInfo(&info));
  std::vector<std::vector<double>> values(pending_);
  for (std::size_t range = 0; range < info.numTotalRanges; ++range) {
    CUpti_RangeProfiler_CounterData_GetRangeInfo_Params which{};
    which.structSize = CUpti_RangeProfiler_CounterData_GetRangeInfo_Params_STRUCT_SIZE;
    which.pCounterDataImage = image_.data();
    which.counterDataImageSize = image_.size();
    which.rangeIndex = range;
    which.rangeDelimiter = "/";
    FLUXSCOPE_CUPTI(cupti_, cuptiRangeProfilerCounterDataGetRangeInfo(&which));
    values.at(std::stoul(which.rangeName)) = host_.evaluate(image_, range);
  }
  start();
  return values;
}

}  // namespace fluxscope::profiler

#include "profiler/cupti/counter_host.hpp"

namespace fluxscope::profiler {

CounterHost::CounterHost(CuptiTable const& cupti, std::string const& chip,
                         std::span<std::uint8_t const> availability,
                         std::span<CounterInfo const> counters)
    : cupti_(cupti), chip_(chip), availability_(availability.begin(), availability.end()) {
  for (CounterInfo const& counter : counters) names_.push_back(counter.name);
  CUpti_Profiler_Host_Initialize_Params params{};
  params.structSize = CUpti_Profiler_Host_Initialize_Params_STRUCT_SIZE;
  params.profilerType = CUPTI_PROFILER_TYPE_RANGE_PROFILER;
  params.pChipName = chip_.c_str();
  params.pCounterAvailabilityImage = availability_.empty() ? nullptr : availability_.data();
  FLUXSCOPE_CUPTI(cupti_, cuptiProfilerHostInitialize(&params));
  host_ = params.pHostObject;
  try {
    configure();
  } catch (CuptiError const&) {
    CUpti_Profiler_Host_Deinitialize_Params end{};
    end.structSize = CUpti_Profiler_Host_Deinitialize_Params_STRUCT_SIZE;
    end.pHostObject = host_;
    (void)cupti_.cuptiProfilerHostDeinitialize(&end);
    throw;
  }
}

CounterHost::~CounterHost() {
  CUpti_Profiler_Host_Deinitialize_Params params{};
  params.structSize = CUpti_Profiler_Host_Deinitialize_Params_STRUCT_SIZE;
  params.pHostObject = host_;
  (void)cupti_.cuptiProfilerHostDeinitialize(&params);
}

void CounterHost::configure() {
  CUpti_Profiler_Host_ConfigAddMetrics_Params add{};
  add.structSize = CUpti_Profiler_Host_ConfigAddMetrics_Params_STRUCT_SIZE;
  add.pHostObject = host_;
  add.ppMetricNames = names_.data();
  add.numMetrics = names_.size();
  FLUXSCOPE_CUPTI(cupti_, cuptiProfilerHostConfigAddMetrics(&add));

  CUpti_Profiler_Host_GetConfigImageSize_Params size{};
  size.structSize = CUpti_Profiler_Host_GetConfigImageSize_Params_STRUCT_SIZE;
  size.pHostObject = host_;
  FLUXSCOPE_CUPTI(cupti_, cuptiProfilerHostGetConfigImageSize(&size));
  config_.resize(size.configImageSize);

  CUpti_Profiler_Host_GetConfigImage_Params image{};
  image.structSize = CUpti_Profiler_Host_GetConfigImage_Params_STRUCT_SIZE;
  image.pHostObject = host_;
  image.configImageSize = config_.size();
  image.pConfigImage = config_.data();
  FLUXSCOPE_CUPTI(cupti_, cuptiProfilerHostGetConfigImage(&image));

  CUpti_Profiler_Host_GetNumOfPasses_Params passes{};
  passes.structSize = CUpti_Profiler_Host_GetNumOfPasses_Params_STRUCT_SIZE;
  passes.configImageSize = config_.size();
  passes.pConfigImage = config_.data();
  FLUXSCOPE_CUPTI(cupti_, cuptiProfilerHostGetNumOfPasses(&passes));
  passes_ = passes.numOfPasses;
}

std::vector<double> CounterHost::evaluate(std::span<std::uint8_t const> image,
                                          std::size_t range) const {
  std::vector<char const*> names = names_;
  std::vector<double> values(names.size());
  CUpti_Profiler_Host_EvaluateToGpuValues_Params params{};
  params.structSize = CUpti_Profiler_Host_EvaluateToGpuValues_Params_STRUCT_SIZE;
  params.pHostObject = host_;
  params.pCounterDataImage = image.data();
  params.counterDataImageSize = image.size();
  params.rangeIndex = range;
  params.ppMetricNames = names.data();
  params.numMetrics = names.size();
  params.pMetricValues = values.data();
  FLUXSCOPE_CUPTI(cupti_, cuptiProfilerHostEvaluateToGpuValues(&params));
  return values;
}

}  // namespace fluxscope::profiler

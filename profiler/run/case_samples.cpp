#include "profiler/run/case_samples.hpp"

#include <iostream>

namespace fluxscope::profiler {

void keep_samples(RunContext& run, std::size_t index, traces::Pass pass, std::uint8_t probe_level,
                  std::vector<traces::SampleRecord> samples, CaseRows& rows) {
  for (traces::SampleRecord& sample : samples) {
    sample.case_id = static_cast<std::uint32_t>(index);
    sample.pass = traces::number(pass);
    sample.probe_level = probe_level;
    if (!sample.dropped) continue;
    run.losses.add(runs::Loss::samples_throttled);
    std::cerr << "profile: " << run.layer_case(index).name << ": sample " << sample.repetition
              << " dropped (" << sample.drop_reason << ")\n";
  }
  append_all(rows.samples, samples);
}

}  // namespace fluxscope::profiler

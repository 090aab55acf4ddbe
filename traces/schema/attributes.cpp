// Attributes of the root, /device and /clock.

#include "traces/schema/schema.hpp"
#include "traces/schema/words.hpp"

namespace fluxscope::traces {

template <>
AttributeGroup<RunInfo> const& attributes<RunInfo>() {
  using I = RunInfo;
  static AttributeGroup<I> const kGroup = {
      .group = "/",
      .description = "Provenance.",
      .info = &Trace::run,
      .columns = {
          {"source", "text", "source", "who wrote it", &I::source, Rule::any, words::kSource},
          {"creator_version", "text", "version", "git hash of the writer", &I::creator_version},
          {"created", "text", "created", "ISO 8601, UTC", &I::created},
          {"host", "text", "host", "machine that wrote it", &I::host},
          {"command_line", "text", "command", "whole command line", &I::command_line},
          {"experiment_name", "text", "experiment", "name", &I::experiment_name},
          {"experiment_toml", "text", "experiment file", "whole text", &I::experiment_toml},
          {"uuid", "text", "UUID", "of this run", &I::uuid},
          {"comment", "text", "comment", "free text", &I::comment}}};
  return kGroup;
}

template <>
AttributeGroup<DeviceInfo> const& attributes<DeviceInfo>() {
  using I = DeviceInfo;
  static AttributeGroup<I> const kGroup = {
      .group = "/device",
      .description = "The GPU. Zero or empty where unknown.",
      .info = &Trace::device,
      .columns = {
          {"name", "text", "name", "as the driver gives it", &I::name},
          {"chip", "text", "chip", "e.g. GH100", &I::chip},
          {"cc_major", "1", "compute capability, major", "", &I::cc_major, Rule::not_negative},
          {"cc_minor", "1", "compute capability, minor", "", &I::cc_minor, Rule::not_negative},
          {"sm_count", "1", "SMs", "", &I::sm_count, Rule::not_negative},
          {"memory_bytes", "byte", "memory", "", &I::memory_bytes, Rule::not_negative},
          {"l2_bytes", "byte", "L2 cache", "", &I::l2_bytes, Rule::not_negative},
          {"smem_optin_bytes", "byte", "shared memory", "largest per CTA", &I::smem_optin_bytes,
           Rule::not_negative},
          {"sm_clock_max_hz", "Hz", "SM clock", "highest", &I::sm_clock_max_hz, Rule::not_negative},
          {"memory_clock_hz", "Hz", "memory clock", "", &I::memory_clock_hz, Rule::not_negative},
          {"hbm_bytes_per_s", "byte/s", "memory bandwidth",
           "peak by the device's own report or profile", &I::hbm_bytes_per_s, Rule::not_negative},
          {"bf16_flop_per_s", "FLOP/s", "bf16 rate", "dense peak: profile, or cores x clock",
           &I::bf16_flop_per_s, Rule::not_negative},
          {"driver_version", "text", "driver", "", &I::driver_version},
          {"cuda_runtime_version", "text", "CUDA runtime", "", &I::cuda_runtime_version},
          {"cupti_version", "text", "CUPTI", "", &I::cupti_version},
          {"power_limit_w", "text", "power limit", "watts, as text", &I::power_limit_w},
          {"profile", "text", "device profile", "simulated: file and its provenance", &I::profile},
          {"counters_privileged", "1", "counters readable", "1: the writer might read counters",
           &I::counters_privileged}}};
  return kGroup;
}

template <>
AttributeGroup<ClockInfo> const& attributes<ClockInfo>() {
  using I = ClockInfo;
  static AttributeGroup<I> const kGroup = {
      .group = "/clock",
      .description = "The device timers. NaN where not measured.",
      .info = &Trace::clock,
      .columns = {{"globaltimer_tick_ns_before_cupti", "ns", "tick", "before CUPTI was started",
                   &I::globaltimer_tick_ns_before_cupti, Rule::not_negative_or_missing},
                  {"globaltimer_tick_ns_after_cupti", "ns", "tick", "after CUPTI was started",
                   &I::globaltimer_tick_ns_after_cupti, Rule::not_negative_or_missing},
                  {"clock64_read_floor_cyc", "cycle", "read cost", "two clock64 reads back to back",
                   &I::clock64_read_floor_cyc, Rule::not_negative_or_missing}}};
  return kGroup;
}

}  // namespace fluxscope::traces

#pragma once
// What holds for a whole run: the attributes of the root, /device and /clock.

#include <cstdint>
#include <limits>
#include <string>

namespace fluxscope::traces {

/// Root attributes.
struct RunInfo {
  std::string source;           ///< "measured" or "simulated"
  std::string creator_version;  ///< git hash of the writer
  std::string created;          ///< ISO 8601, UTC
  std::string host;
  std::string command_line;
  std::string experiment_name;
  std::string experiment_toml;  ///< the experiment file, whole
  std::string uuid;
  std::string comment;
};

/// Attributes of /device. Zero or empty where unknown (a simulated GPU has no driver).
struct DeviceInfo {
  std::string name;
  std::string chip;  ///< "GH100", "GA100"
  std::int32_t cc_major = 0;
  std::int32_t cc_minor = 0;
  std::int32_t sm_count = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t l2_bytes = 0;
  std::int64_t smem_optin_bytes = 0;
  std::int64_t sm_clock_max_hz = 0;
  std::int64_t memory_clock_hz = 0;
  std::int64_t hbm_bytes_per_s = 0;  ///< peak by the device's own report or profile
  std::int64_t bf16_flop_per_s = 0;  ///< dense peak: profile, or cores x clock
  std::string driver_version;
  std::string cuda_runtime_version;
  std::string cupti_version;
  std::string power_limit_w;
  std::string profile;  ///< simulated: device profile file and its provenance
  bool counters_privileged = false;
};

/// Attributes of /clock.
struct ClockInfo {
  double globaltimer_tick_ns_before_cupti = std::numeric_limits<double>::quiet_NaN();
  double globaltimer_tick_ns_after_cupti = std::numeric_limits<double>::quiet_NaN();
  double clock64_read_floor_cyc = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace fluxscope::traces

#pragma once

#include <string>

namespace fluxscope {

struct BuildInfo {
  std::string version;        ///< "0.1.0"
  std::string git_hash;       ///< of the source tree, "-dirty" appended; "unknown" outside git
  std::string source_folder;  ///< where the source tree was at build time
  bool cuda = false;          ///< built with kernels and profiler
};

[[nodiscard]] BuildInfo const& build_info();

/// Now, ISO 8601 in UTC: "2026-11-24T09:15:00Z".
[[nodiscard]] std::string utc_now();

/// Name of this host.
[[nodiscard]] std::string host_name();

}  // namespace fluxscope

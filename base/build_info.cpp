#include "base/build_info.hpp"

#include <unistd.h>

#include <array>
#include <ctime>

#include "fluxscope_build_info.hpp"  // generated: macros FLUXSCOPE_VERSION, _GIT_HASH, ...

namespace fluxscope {

BuildInfo const& build_info() {
  static BuildInfo const info{.version = FLUXSCOPE_VERSION,
                              .git_hash = FLUXSCOPE_GIT_HASH,
                              .source_folder = FLUXSCOPE_SOURCE_FOLDER,
                              .cuda = FLUXSCOPE_WITH_CUDA != 0};
  return info;
}

std::string utc_now() {
  std::time_t const now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

}  // namespace fluxscope

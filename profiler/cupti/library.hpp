#pragma once
// Finds CUPTI at run time.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/files/library_opener.hpp"
#include "profiler/cupti/table.hpp"

namespace fluxscope::profiler {

/// Whether the CUDA driver can be used.
struct DriverState {
  bool usable = false;
  std::int32_t version = 0;  ///< 13000 = CUDA 13.0; 0 where unknown
  std::int32_t devices = 0;
  std::string reason;  ///< empty where usable
};

/// Opens libcuda.so.1, calls cuInit and counts devices.
[[nodiscard]] DriverState find_driver(LibraryOpener& opener);

struct CuptiLibrary {
  std::optional<CuptiTable> table;  ///< absent where `reason` says why
  std::string path;
  std::uint32_t version = 0;  ///< CUPTI_API_VERSION of the library found, e.g. 130001
  std::string reason;
};

/// Names to try, in order: on the loader's path, beside the CUDA runtime of this process, in
/// $CUDA_HOME, $CUDA_PATH and /usr/local/cuda (toolkit, extras and wheel layouts).
[[nodiscard]] std::vector<std::string> cupti_candidates(std::string const& cudart_file);

/// Opens the first candidate, checks its version against the headers (same major, not older) and
/// resolves the table. Needs no driver: the host half of CUPTI works without one.
[[nodiscard]] CuptiLibrary find_cupti(LibraryOpener& opener);

/// Why CUPTI cannot watch this process, or empty: takes the one subscriber place and gives it back.
[[nodiscard]] std::string subscriber_problem(CuptiTable const& cupti);

}  // namespace fluxscope::profiler

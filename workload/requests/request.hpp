#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace fluxscope::workload {

struct Request {
  /// Since the file's first row. Nothing: the file has no arrivals, or `after_previous_ns` tells.
  std::optional<std::int64_t> arrival_ns;
  /// Of the later requests of a session: it arrives so long after the end of the request before it
  /// in the list. When that is depends on the machine.
  std::optional<std::int64_t> after_previous_ns;
  std::int32_t prompt_tokens = 0;  ///< >= 1, also where a cache holds some of them
  std::int32_t output_tokens = 0;  ///< >= 1

  friend bool operator==(Request const&, Request const&) = default;
};

/// The requests of a file.
struct RequestTrace {
  std::string format;  ///< whose: "Mooncake"
  std::string clock;   ///< how the file counts time: "timestamp in ms"
  std::vector<Request> requests;
  std::int64_t failed_requests = 0;  ///< rows that say so, left out
  std::vector<std::string> notes;    ///< what the user should know, a sentence each
};

}  // namespace fluxscope::workload

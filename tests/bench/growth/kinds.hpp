#pragma once
// Traces with many rows of one kind and few of all others.

#include <cstddef>
#include <span>

#include "traces/record/trace.hpp"

namespace fluxscope::bench {

struct Kind {
  char const* name;
  char const* what;  ///< how the n rows lie
  void (*fill)(traces::Trace& trace, std::size_t rows);
};

[[nodiscard]] std::span<Kind const> kinds();

/// A valid trace, the same at every call.
[[nodiscard]] traces::Trace make_trace(Kind const& kind, std::size_t rows);

}  // namespace fluxscope::bench

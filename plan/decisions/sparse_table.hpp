#pragma once

#include "base/toml/reader.hpp"
#include "plan/layer/selection.hpp"

namespace fluxscope::plan {

/// Reads a [sparse] table, what sparse heads read:
///   kind = "streaming" | "triangle"; sink_tokens; local_tokens >= 1; triangle: last_tokens >= 1
/// Throws InputError with file:line.
[[nodiscard]] Selection read_sparse_table(TomlTable const& table);

}  // namespace fluxscope::plan

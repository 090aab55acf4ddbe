#pragma once

#include <string>

namespace fluxscope::testing {

/// The tables of docs/trace_format.md, from the column declarations.
[[nodiscard]] std::string schema_markdown();

}  // namespace fluxscope::testing

#pragma once

#include "traces/record/trace.hpp"

namespace fluxscope::traces {

/// Gives what was read from a file of schema 1.`minor` the meaning of today's schema, where the
/// defaults of newer fields do not say it. Trusts no id. Files of today's or a newer minor version
/// stay as they are.
void upgrade(Trace& trace, int minor);

}  // namespace fluxscope::traces

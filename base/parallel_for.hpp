#pragma once

#include <cstddef>
#include <functional>

namespace fluxscope {

/// Runs body(i) for i in [0, count) on all cores (oneTBB). The calls must not depend on each
/// other's order. The first exception is rethrown after all running calls ended.
void parallel_for(std::size_t count, std::function<void(std::size_t)> const& body);

}  // namespace fluxscope

#include "base/parallel_for.hpp"

#include <oneapi/tbb/parallel_for.h>

namespace fluxscope {

void parallel_for(std::size_t count, std::function<void(std::size_t)> const& body) {
  oneapi::tbb::parallel_for(std::size_t{0}, count, [&](std::size_t i) { body(i); });
}

}  // namespace fluxscope

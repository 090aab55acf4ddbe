#include "tests/kernels/support/block_selection.hpp"

#include "base/random.hpp"

namespace fluxscope::testing {

BlockSelection first_and_last(BlockSelection full, std::int32_t sink, std::int32_t local) {
  for (auto& blocks : full) {
    auto const count = static_cast<std::int32_t>(blocks.size());
    std::erase_if(blocks, [&](std::int32_t b) { return b >= sink && b < count - local; });
  }
  return full;
}

BlockSelection thinned(BlockSelection selection, double share, std::uint64_t seed) {
  Random random(seed);
  for (auto& blocks : selection) {
    std::erase_if(blocks, [&](std::int32_t) { return random.unit() < share; });
  }
  return selection;
}

}  // namespace fluxscope::testing

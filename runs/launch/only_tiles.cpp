#include "runs/launch/only_tiles.hpp"

#include <algorithm>
#include <vector>

namespace fluxscope::runs {

void set_only_tiles(std::span<traces::CtaRecord> ctas, std::span<CtaTile const> tiles) {
  std::uint32_t most = 0;
  for (CtaTile const& one : tiles) most = std::max(most, one.cta + 1);
  for (traces::CtaRecord const& cta : ctas) most = std::max(most, cta.cta + 1);
  std::vector<std::uint32_t> counts(most, 0);
  std::vector<std::uint32_t> last(most, traces::kNoRow);
  for (CtaTile const& one : tiles) {
    ++counts[one.cta];
    last[one.cta] = one.tile;
  }
  for (traces::CtaRecord& cta : ctas) {
    cta.tile = counts[cta.cta] == 1 ? last[cta.cta] : traces::kNoRow;
  }
}

}  // namespace fluxscope::runs

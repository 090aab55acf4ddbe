#pragma once

#include <cstdint>
#include <span>

#include "traces/record/trace.hpp"

namespace fluxscope::runs {

/// That `cta` ran `tile`.
struct CtaTile {
  std::uint32_t cta = 0;
  std::uint32_t tile = 0;
};

/// Sets CtaRecord::tile: the CTA's only tile, kNoRow where it ran none or several.
void set_only_tiles(std::span<traces::CtaRecord> ctas, std::span<CtaTile const> tiles);

}  // namespace fluxscope::runs

#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace fluxscope::sim {

/// Where a time taken from a table of measured points stands towards them.
enum class Standing : std::uint8_t {
  calibrated,    ///< a point of the table
  interpolated,  ///< between points
  extrapolated,  ///< beyond them
  transferred,   ///< of a profile that was fitted to another GPU
};

/// The words of the traces' `provenance`, as sim::provenance() has them.
[[nodiscard]] std::string to_text(Standing standing);

/// The less certain one.
[[nodiscard]] constexpr Standing worse(Standing a, Standing b) { return std::max(a, b); }

struct Estimate {
  double time_ns = 0;
  Standing standing = Standing::calibrated;
};

/// 90 % interval of measured / predicted time where each point of a table that has neighbours is
/// predicted without it: nearest ranks of 5 % and 95 %. NaN where no point can be left out.
struct LeftOut {
  double low_ratio = std::numeric_limits<double>::quiet_NaN();
  double high_ratio = std::numeric_limits<double>::quiet_NaN();
  std::int64_t points = 0;
};

/// Of these ratios, in any order.
[[nodiscard]] LeftOut left_out(std::vector<double> ratios);

}  // namespace fluxscope::sim

#pragma once
// What a sweep's numbers come from. Parts, shards and resumed runs belong together where it is
// equal.

#include <string>
#include <vector>

#include "sim/sweep/config.hpp"

namespace fluxscope::sim {

/// One of the things that numbers come from, by a hash of its content.
struct Ingredient {
  std::string name;  ///< "model numbers", "device profile h200", ...
  std::string hash;  ///< 16 hexadecimal digits

  friend bool operator==(Ingredient const&, Ingredient const&) = default;
};

/// In a fixed order; see sweep_identity().
using Identity = std::vector<Ingredient>;

/// Of the program (version, commit, and where that does not say it all the executable), the
/// sweep's file, the model's numbers, each device profile to the last digit, the sparse settings,
/// and the gates that the policies draw.
[[nodiscard]] Identity sweep_identity(SweepConfig const& config);

/// The names of what differs, or is in one of the two only: "model numbers, gates"; empty where the
/// two are equal.
[[nodiscard]] std::string difference(Identity const& a, Identity const& b);

/// One line per ingredient, "name=hash", as a sweep's file holds it.
[[nodiscard]] std::string identity_text(Identity const& identity);
/// The same read back. A line that is none becomes an ingredient of that name, which equals no
/// other.
[[nodiscard]] Identity identity_from(std::string const& text);

}  // namespace fluxscope::sim

#pragma once
// How the SMs of a chip are filled and which of them share a path to memory.

#include <cstdint>
#include <vector>

namespace fluxscope::sim {

/// SMs that a launch fills one after another: a GPC, or a part of one.
struct ChipPart {
  std::int32_t sms = 0;
  std::int32_t memory_group = 0;

  friend bool operator==(ChipPart const&, ChipPart const&) = default;
};

/// Empty where nothing is known: then all SMs share one path, and their order does not matter.
struct Chip {
  std::vector<ChipPart> first;  ///< filled first by every launch
  std::vector<ChipPart> parts;  ///< filled in turn; the GPU begins with any of them, by chance

  [[nodiscard]] bool known() const { return !first.empty() || !parts.empty(); }
  /// Groups of both lists, the largest number plus one; 1 where nothing is known.
  [[nodiscard]] std::int32_t memory_groups() const;
  [[nodiscard]] std::int32_t sms() const;

  friend bool operator==(Chip const&, Chip const&) = default;
};

/// The memory group of each of a launch's first CTAs, one per SM, where the GPU begins with part
/// `start`: [ctas], at most an SM each. A launch of fewer CTAs than SMs is dealt out part by part,
/// both SMs of a TPC only when every TPC has one CTA, and numbered along the parts (seen on H100
/// and H200: docs/measurements/placement.md).
[[nodiscard]] std::vector<std::int32_t> groups_of_ctas(Chip const& chip, std::int32_t start,
                                                       std::int32_t ctas);

}  // namespace fluxscope::sim

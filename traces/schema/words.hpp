#pragma once
// The words that enumeration columns may hold. Spelled as in plan/ and docs/trace_format.md.

#include <array>
#include <string_view>

namespace fluxscope::traces::words {

inline constexpr std::array<std::string_view, 2> kSource = {"measured", "simulated"};
inline constexpr std::array<std::string_view, 2> kPhase = {"prefill", "decode"};
inline constexpr std::array<std::string_view, 6> kExecution = {
    "layer_uniform", "masked", "gather", "two_pool", "fused", "balanced"};
inline constexpr std::array<std::string_view, 5> kScheduler = {
    "natural", "longest_first", "persistent", "balanced_split", "longest_spread"};
inline constexpr std::array<std::string_view, 6> kSparseKind = {"none",     "full",   "streaming",
                                                                "triangle", "blocks", "xattention"};
inline constexpr std::array<std::string_view, 3> kLevel = {"full", "layer", "head"};
inline constexpr std::array<std::string_view, 2> kLaunchMode = {"eager", "graph"};
inline constexpr std::array<std::string_view, 3> kCountedAs = {"attention", "selection", "other"};
inline constexpr std::array<std::string_view, 3> kActivity = {"api", "nvtx", "overhead"};
inline constexpr std::array<std::string_view, 6> kProvenance = {
    "", "measured", "calibrated", "interpolated", "extrapolated", "transferred"};

}  // namespace fluxscope::traces::words

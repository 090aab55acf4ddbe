#pragma once
// The passes of a run: each looks at the same cases with an instrument of its own.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace fluxscope::traces {

/// Values are those of the `pass` columns. Traces before `overhead` had a number keep its samples
/// under `probe`. 5 to 7 are kept for pm_sampling, pc_sampling and sass.
enum class Pass : std::uint32_t { timing = 0, activity = 1, probe = 2, counters = 3, overhead = 4 };

struct PassInfo {
  Pass pass = Pass::timing;
  std::string_view name;
  std::string_view what;
};

/// In the order of their numbers, from 0.
inline constexpr std::array<PassInfo, 5> kPasses = {{
    {Pass::timing, "timing", "clean times of whole cases"},
    {Pass::activity, "activity", "CUPTI's kernel and API records"},
    {Pass::probe, "probe", "in-kernel timeline of CTAs, warps and tiles"},
    {Pass::counters, "counters", "hardware counters"},
    {Pass::overhead, "overhead", "what probing costs, from probed and clean runs in turn"},
}};

[[nodiscard]] constexpr std::uint32_t number(Pass pass) { return static_cast<std::uint32_t>(pass); }

/// A column's value against a pass.
[[nodiscard]] constexpr bool operator==(std::uint32_t stored, Pass pass) {
  return stored == number(pass);
}

[[nodiscard]] constexpr PassInfo const& info(Pass pass) { return kPasses[number(pass)]; }

[[nodiscard]] std::vector<Pass> all_passes();

/// "0 timing, 1 activity, ...": what the numbers mean.
[[nodiscard]] std::string_view pass_list();

/// The pass of a name or of a number in digits; none where there is no such pass.
[[nodiscard]] std::optional<Pass> find_pass(std::string_view name_or_number);

}  // namespace fluxscope::traces

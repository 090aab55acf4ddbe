#pragma once
// Numbers as readers see them, alike in Markdown and on the terminal.

#include <cstdint>
#include <optional>
#include <string>

namespace fluxscope::analysis {

/// "12.4 us", "3.21 ms", "1.05 s"; "-" where not finite.
[[nodiscard]] std::string time_text(double ns);
/// "12.1-12.8 us" in the unit of `high_ns`; "-" where an end is not finite.
[[nodiscard]] std::string time_range_text(double low_ns, double high_ns);
/// "1.91-1.97x"; "-" where there is none, or where both ends are one number.
[[nodiscard]] std::string speedup_range_text(std::optional<double> low, std::optional<double> high);
/// "1.94x" or "-".
[[nodiscard]] std::string speedup_text(std::optional<double> ratio);
/// "1.016x": one more digit for two times that may be as near as 2 %; "-" where not finite.
[[nodiscard]] std::string ratio_text(double ratio);
/// "1.016-1.024x", as speedup_range_text().
[[nodiscard]] std::string ratio_range_text(double low, double high);
/// "13.7 %" or "-".
[[nodiscard]] std::string percent_text(std::optional<double> ratio);
/// "+13.7 %", "-2.0 %"; "-" where not finite.
[[nodiscard]] std::string signed_percent_text(double ratio);
/// "1.13 GiB", "256 MiB", "32 TiB".
[[nodiscard]] std::string bytes_text(double bytes);
/// "longest first" for "longest_first".
[[nodiscard]] std::string spoken(std::string word);
/// "128K" for 131072, "1000" for 1000.
[[nodiscard]] std::string tokens_text(std::int64_t tokens);

}  // namespace fluxscope::analysis

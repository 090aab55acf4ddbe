#include "analysis/format.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

namespace fluxscope::analysis {

std::string time_text(double ns) {
  if (!std::isfinite(ns)) return "-";
  double const size = std::abs(ns);
  if (size >= 1e9) return fmt::format("{:.3g} s", ns / 1e9);
  if (size >= 1e6) return fmt::format("{:.4g} ms", ns / 1e6);
  return fmt::format("{:.4g} us", ns / 1e3);
}

std::string speedup_text(std::optional<double> ratio) {
  return ratio && std::isfinite(*ratio) ? fmt::format("{:.2f}x", *ratio) : "-";
}

std::string percent_text(std::optional<double> ratio) {
  return ratio && std::isfinite(*ratio) ? fmt::format("{:.1f} %", *ratio * 100) : "-";
}

std::string bytes_text(double bytes) {
  constexpr double kGib = 1024.0 * 1024 * 1024;
  if (bytes >= kGib) return fmt::format("{:.3g} GiB", bytes / kGib);
  return fmt::format("{:.4g} MiB", bytes / (1024.0 * 1024));
}

std::string tokens_text(std::int64_t tokens) {
  return tokens >= 1024 && tokens % 1024 == 0 ? fmt::format("{}K", tokens / 1024)
                                              : fmt::format("{}", tokens);
}

}  // namespace fluxscope::analysis

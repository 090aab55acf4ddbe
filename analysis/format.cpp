#include "analysis/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/terminal/number_text.hpp"

namespace fluxscope::analysis {
namespace {

std::string range_text(double low, double high, int digits) {
  if (!std::isfinite(low) || !std::isfinite(high)) return "-";
  // The paired ends of a model differ by rounding where all of their error cancels.
  if (high - low <= 1e-9 * high) return "-";
  auto const format = fmt::format("{{:.{}f}}", digits);
  return number_text(format, low) + "-" + number_text(format, high) + "x";
}

}  // namespace

std::string time_text(double ns) {
  double const size = std::abs(ns);
  if (size >= 1e9) return number_text("{:.3g} s", ns / 1e9);
  if (size >= 1e6) return number_text("{:.4g} ms", ns / 1e6);
  return number_text("{:.4g} us", ns / 1e3);
}

std::string time_range_text(double low_ns, double high_ns) {
  if (!std::isfinite(low_ns) || !std::isfinite(high_ns)) return "-";
  auto const high = time_text(high_ns);
  auto const unit = high.substr(high.find(' ') + 1);
  double const size = unit == "s" ? 1e9 : unit == "ms" ? 1e6 : 1e3;
  return number_text("{:.4g}-", low_ns / size) + high;
}

std::string speedup_range_text(std::optional<double> low, std::optional<double> high) {
  return low && high ? range_text(*low, *high, 2) : "-";
}

std::string ratio_range_text(double low, double high) { return range_text(low, high, 3); }

std::string ratio_text(double ratio) { return number_text("{:.3f}x", ratio); }

std::string speedup_text(std::optional<double> ratio) {
  return ratio ? number_text("{:.2f}x", *ratio) : "-";
}

std::string percent_text(std::optional<double> ratio) {
  return ratio ? number_text("{:.1f} %", *ratio * 100) : "-";
}

std::string signed_percent_text(double ratio) { return number_text("{:+.1f} %", ratio * 100); }

std::string bytes_text(double bytes) {
  constexpr double kGib = 1024.0 * 1024 * 1024;
  if (bytes >= 1000 * kGib) return number_text("{:.3g} TiB", bytes / (1024 * kGib));
  if (bytes >= kGib) return number_text("{:.3g} GiB", bytes / kGib);
  return number_text("{:.4g} MiB", bytes / (1024.0 * 1024));
}

std::string spoken(std::string word) {
  std::replace(word.begin(), word.end(), '_', ' ');
  return word;
}

std::string tokens_text(std::int64_t tokens) {
  return tokens >= 1024 && tokens % 1024 == 0 ? fmt::format("{}K", tokens / 1024)
                                              : fmt::format("{}", tokens);
}

}  // namespace fluxscope::analysis

#include "base/speedup.hpp"

#include <cmath>

#include "base/error.hpp"

namespace fluxscope {
namespace {

constexpr double kThreshold = 1 + kEqualTimesRatio;

bool pays(ContextSpeedup const& context) {
  return context.certain && context.speedup_ratio > kThreshold;
}

/// Where the line from `a`, which does not pay, to `b`, which does, reaches the threshold.
double crossing(ContextSpeedup const& a, ContextSpeedup const& b) {
  bool const below = a.speedup_ratio <= kThreshold;
  double const share =
      below ? (kThreshold - a.speedup_ratio) / (b.speedup_ratio - a.speedup_ratio) : 1;
  double const from = std::log2(static_cast<double>(a.kv_len));
  double const to = std::log2(static_cast<double>(b.kv_len));
  return std::exp2(from + share * (to - from));
}

}  // namespace

bool FullReference::add(double full_time_ns) {
  if (!std::isfinite(full_time_ns) || time_ns_ <= full_time_ns) return false;
  time_ns_ = full_time_ns;
  return true;
}

double ideal_speedup(std::int64_t full_blocks, std::int64_t selected_blocks) {
  if (selected_blocks <= 0) return 1;
  return static_cast<double>(full_blocks) / static_cast<double>(selected_blocks);
}

bool beyond_ideal(double speedup_ratio, double ideal_ratio) {
  return speedup_ratio > ideal_ratio * (1 + kEqualTimesRatio);
}

BreakEven break_even(std::span<ContextSpeedup const> contexts) {
  expects(!contexts.empty(), "a break-even is of contexts");
  for (std::size_t i = 1; i < contexts.size(); ++i) {
    expects(contexts[i - 1].kv_len < contexts[i].kv_len, "contexts ascend");
  }
  std::size_t first = contexts.size();  // that pays, as do all behind it
  while (first > 0 && pays(contexts[first - 1])) --first;
  if (first == 0) return {BreakEven::Kind::always, static_cast<double>(contexts[0].kv_len)};
  if (first == contexts.size()) {
    return {BreakEven::Kind::never, static_cast<double>(contexts.back().kv_len)};
  }
  return {BreakEven::Kind::from, crossing(contexts[first - 1], contexts[first])};
}

std::string to_text(BreakEven const& break_even) {
  std::string const tokens = std::to_string(std::llround(break_even.kv_len_tokens));
  switch (break_even.kind) {
    case BreakEven::Kind::always:
      return "<= " + tokens;
    case BreakEven::Kind::from:
      return tokens;
    case BreakEven::Kind::never:
      return "never (up to " + tokens + ")";
  }
  throw ContractError("a break-even without a text");
}

}  // namespace fluxscope

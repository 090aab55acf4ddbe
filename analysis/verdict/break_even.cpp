#include "analysis/verdict/break_even.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <tuple>

#include "analysis/format.hpp"
#include "analysis/verdict/interval.hpp"
#include "analysis/verdict/verdict.hpp"
#include "base/speedup.hpp"

namespace fluxscope::analysis {
namespace {

constexpr char const* kLayerLevel = "layer level";

using Group = std::tuple<std::string, std::int32_t, double>;  // phase, batch, msr
using Contexts = std::map<std::int32_t, TimeRatio>;           // kv_len -> speed-up

BreakEven break_even_of(Contexts const& contexts) {
  std::vector<ContextSpeedup> points;
  for (auto const& [kv_len, speedup] : contexts) {
    points.push_back({kv_len, speedup.value, order_of(speedup) == Order::quicker});
  }
  return break_even(points);
}

/// Head against layer level may be near: a digit more than over full attention.
std::string ratio_over(double speedup, std::string const& object) {
  return object == kLayerLevel ? ratio_text(speedup) : speedup_text(speedup);
}

std::string sentence(Group const& group, std::string const& subject, std::string const& object,
                     Contexts const& contexts) {
  auto const& [phase, batch, msr] = group;
  auto const& [longest, speedup] = *contexts.rbegin();
  auto const at_longest =
      fmt::format("({} at {} tokens)", ratio_over(speedup.value, object), tokens_text(longest));
  auto const where = fmt::format("{}, batch {}, MSR {:g}: {} ", phase, batch, msr, subject);
  switch (order_of(speedup)) {
    case Order::slower:
      return where +
             fmt::format("is slower than {} at the longest context {}.", object, at_longest);
    case Order::equal:
      return where + fmt::format(
                         "and {} are equal within the uncertainty at the longest context "
                         "{}.",
                         object, at_longest);
    case Order::quicker:
      break;
  }
  auto const even = break_even_of(contexts);
  auto const start =
      even.kind == BreakEven::Kind::always
          ? "at every context"
          : fmt::format("from about {} tokens on", tokens_text(std::llround(even.kv_len_tokens)));
  return where + fmt::format("is quicker than {} {} {}.", object, start, at_longest);
}

}  // namespace

std::vector<std::string> break_even_notes(Verdict const& verdict) {
  std::map<Group, Contexts> layer_over_full;
  std::map<Group, Contexts> head_over_full;
  std::map<Group, Contexts> head_over_layer;
  for (auto const& headline : verdict.headlines) {
    Group const group{headline.phase, headline.batch, headline.msr_ratio};
    auto const& layer = verdict.rows[headline.layer_row];
    auto const& head = verdict.rows[headline.head.best_row];
    if (layer.speedup_best_full) layer_over_full[group][headline.kv_len] = over_full(layer);
    if (head.speedup_best_full) head_over_full[group][headline.kv_len] = over_full(head);
    head_over_layer[group][headline.kv_len] = headline.head_over_layer;
  }
  std::vector<std::string> notes;
  for (auto const& [group, contexts] : head_over_layer) {
    if (auto const found = layer_over_full.find(group); found != layer_over_full.end()) {
      notes.push_back(sentence(group, kLayerLevel, "full attention", found->second));
    }
    if (auto const found = head_over_full.find(group); found != head_over_full.end()) {
      notes.push_back(
          sentence(group, "the best head-level execution", "full attention", found->second));
    }
    notes.push_back(sentence(group, "the best head-level execution", kLayerLevel, contexts));
  }
  return notes;
}

}  // namespace fluxscope::analysis

#include "analysis/verdict/break_even.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <tuple>

#include "analysis/format.hpp"
#include "analysis/verdict/verdict.hpp"

namespace fluxscope::analysis {
namespace {

using Group = std::tuple<std::string, std::int32_t, double>;  // phase, batch, msr
using Contexts = std::map<std::int32_t, double>;              // kv_len -> speed-up

/// Shortest context from which on every measured value exceeds 1 by more than kEqualTimesRatio.
std::optional<std::int32_t> from_which_on_quicker(Contexts const& contexts) {
  std::optional<std::int32_t> from;
  for (auto it = contexts.rbegin(); it != contexts.rend(); ++it) {
    if (it->second <= 1 + kEqualTimesRatio) break;
    from = it->first;
  }
  return from;
}

std::string sentence(Group const& group, std::string const& subject, std::string const& object,
                     Contexts const& contexts) {
  auto const& [phase, batch, msr] = group;
  auto const where = fmt::format("{}, batch {}, MSR {:g}: ", phase, batch, msr);
  auto const from = from_which_on_quicker(contexts);
  if (!from) {
    return where + fmt::format("{} is not quicker than {} at the longest context, {} tokens.",
                               subject, object, tokens_text(contexts.rbegin()->first));
  }
  auto const longest = contexts.rbegin();
  auto const start = *from == contexts.begin()->first
                         ? "at every context"
                         : fmt::format("from {} tokens on", tokens_text(*from));
  return where + fmt::format("{} is quicker than {} {} ({:.2f}x at {} tokens).", subject, object,
                             start, longest->second, tokens_text(longest->first));
}

}  // namespace

std::vector<std::string> break_even_notes(Verdict const& verdict) {
  std::map<Group, Contexts> layer_over_full;
  std::map<Group, Contexts> head_over_full;
  std::map<Group, Contexts> head_over_layer;
  for (auto const& headline : verdict.headlines) {
    Group const group{headline.phase, headline.batch, headline.msr_ratio};
    auto const& layer = verdict.rows[headline.layer_row];
    auto const& head = verdict.rows[headline.head_best_row];
    if (layer.speedup_best_full) {
      layer_over_full[group][headline.kv_len] = *layer.speedup_best_full;
    }
    if (head.speedup_best_full) head_over_full[group][headline.kv_len] = *head.speedup_best_full;
    head_over_layer[group][headline.kv_len] = headline.head_over_layer_speedup;
  }
  std::vector<std::string> notes;
  for (auto const& [group, contexts] : head_over_layer) {
    if (auto const found = layer_over_full.find(group); found != layer_over_full.end()) {
      notes.push_back(sentence(group, "layer level", "full attention", found->second));
    }
    if (auto const found = head_over_full.find(group); found != head_over_full.end()) {
      notes.push_back(
          sentence(group, "the best head-level execution", "full attention", found->second));
    }
    notes.push_back(sentence(group, "the best head-level execution", "layer level", contexts));
  }
  return notes;
}

}  // namespace fluxscope::analysis

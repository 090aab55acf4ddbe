#include "analysis/verdict/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <tuple>

#include "analysis/format.hpp"
#include "analysis/verdict/comparable.hpp"
#include "analysis/verdict/kv_tree.hpp"
#include "base/terminal/number_text.hpp"

namespace fluxscope::analysis {
namespace {

using Rows = std::span<VerdictRow const>;

/// Numbers groups in the order in which their keys are first asked for. A key whose last field is
/// NaN equals no other, itself included.
template <class... Field>
class Numbers {
 public:
  using Key = std::tuple<Field...>;

  [[nodiscard]] std::size_t of(Key const& key) {
    if (std::isnan(std::get<sizeof...(Field) - 1>(key))) return count_++;
    auto const [found, is_new] = numbers_.try_emplace(key, count_);
    if (is_new) ++count_;
    return found->second;
  }

 private:
  std::map<Key, std::size_t> numbers_;
  std::size_t count_ = 0;
};

/// The head rows with a time, by shape.
std::map<Shape, KvTree> head_trees(Rows rows) {
  std::map<Shape, KvTree> trees;
  for (auto const& of_shape : rows_by_shape(rows)) {
    std::vector<KvTree::Point> heads;
    for (auto const i : of_shape) {
      if (rows[i].row.level != "head" || !std::isfinite(rows[i].time_ns)) continue;
      heads.push_back({kv_of(rows[i]), rows[i].time_ns, i});
    }
    trees.emplace(shape_of(rows[of_shape.front()].row), std::move(heads));
  }
  return trees;
}

/// The quickest of `candidates`, which is not empty, with those that are equal to it.
BestRuns result_of(Rows rows, std::vector<std::uint32_t> candidates, IntervalKind kind) {
  std::stable_sort(candidates.begin(), candidates.end(), [&](std::uint32_t a, std::uint32_t b) {
    return rows[a].time_ns < rows[b].time_ns;
  });
  BestRuns result{.best_row = candidates.front()};
  auto const& best = rows[result.best_row];
  for (auto const other : std::span(candidates).subspan(1)) {
    auto const ratio = time_ratio(time_interval(rows[other]), time_interval(best), kind);
    if (order_of(ratio) != Order::equal) continue;
    result.equal_rows.push_back(other);
    result.equal_within_ratio = ratio.value - 1;
  }
  return result;
}

std::string sentence_of(Headline const& headline, Rows rows, IntervalKind kind) {
  auto const& ratio = headline.head_over_layer;
  auto const& head = rows[headline.head.best_row];
  auto const how = fmt::format("{}, {}", spoken(head.row.execution), spoken(head.row.scheduler));
  std::string const by = kind == IntervalKind::model ? ", by the model" : "";
  switch (order_of(ratio)) {
    case Order::quicker:
      return fmt::format("Head level ({}) is {} as quick as layer level{}.", how,
                         ratio_text(ratio.value), by);
    case Order::slower:
      return fmt::format("Layer level is {} as quick as the best head level ({}){}.",
                         ratio_text(1 / ratio.value), how, by);
    case Order::equal:
      break;
  }
  return fmt::format("Head level ({}) and layer level are equal within the uncertainty{} ({}).",
                     how, by, ratio_text(ratio.value));
}

/// One per shape and MSR, with the quickest layer row; of head rows nothing yet.
std::vector<Headline> layer_headlines(Rows rows) {
  std::vector<Headline> headlines;
  Numbers<Shape, double> numbers;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    auto const& layer = rows[i];
    if (layer.row.level != "layer" || !std::isfinite(layer.time_ns)) continue;
    auto const number = numbers.of({shape_of(layer.row), layer.row.msr_ratio});
    if (number == headlines.size()) {
      headlines.push_back({.phase = layer.row.phase,
                           .batch = layer.row.batch,
                           .q_len = layer.row.q_len,
                           .kv_len = layer.row.kv_len,
                           .msr_ratio = layer.row.msr_ratio,
                           .ideal_speedup = layer.ideal_speedup,
                           .layer_row = i});
    } else if (layer.time_ns < rows[headlines[number].layer_row].time_ns) {
      headlines[number].layer_row = i;
    }
  }
  return headlines;
}

}  // namespace

std::vector<BestRuns> policy_results(Rows rows, IntervalKind kind) {
  std::vector<std::vector<std::uint32_t>> groups;
  Numbers<Shape, std::string_view, std::string_view, double> numbers;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    if (!std::isfinite(rows[i].time_ns)) continue;
    auto const& row = rows[i].row;
    auto const number = numbers.of({shape_of(row), row.policy, row.level, row.msr_ratio});
    if (number == groups.size()) groups.emplace_back();
    groups[number].push_back(i);
  }
  std::vector<BestRuns> results;
  for (auto const& group : groups) results.push_back(result_of(rows, group, kind));
  return results;
}

std::vector<Headline> head_against_layer(Rows rows, IntervalKind kind) {
  std::vector<Headline> headlines;
  auto const heads_of_shape = head_trees(rows);
  for (auto& headline : layer_headlines(rows)) {
    auto const& layer = rows[headline.layer_row];
    auto const heads = heads_of_shape.at(shape_of(layer.row)).equal_to(kv_of(layer));
    if (heads.empty()) continue;
    headline.head = result_of(rows, heads, kind);
    headline.head_worst_row = *std::max_element(heads.begin(), heads.end(), [&](auto a, auto b) {
      return rows[a].time_ns < rows[b].time_ns;
    });
    auto const worst_over_best = time_ratio(time_interval(rows[headline.head_worst_row]),
                                            time_interval(rows[headline.head.best_row]), kind);
    headline.worst_is_slower = order_of(worst_over_best) != Order::equal;
    headline.head_over_layer =
        time_ratio(time_interval(layer), time_interval(rows[headline.head.best_row]), kind);
    headline.sentence = sentence_of(headline, rows, kind);
    if (rows[headline.head.best_row].placement_varies) {
      headline.sentence += " Another run may place its CTAs otherwise and take another time.";
    }
    headlines.push_back(headline);
  }
  return headlines;
}

std::string scheduler_text(VerdictRow const& row) {
  return row.row.scheduler + (row.placement_varies ? "*" : "");
}

std::string run_text(VerdictRow const& row) {
  return row.row.execution + "/" + scheduler_text(row);
}

std::string runs_text(Rows rows, BestRuns const& runs) {
  auto const best = run_text(rows[runs.best_row]);
  if (runs.equal_rows.empty()) return best;
  auto const more = fmt::format("{} and {} more", best, runs.equal_rows.size());
  double const within = std::max(runs.equal_within_ratio, kEqualTimesRatio);
  // Of rows without a time each is as good as another, and no range holds them.
  if (!std::isfinite(within)) return more;
  return more + number_text(" within {:.0f} %", std::ceil(within * 100 - 1e-9));
}

}  // namespace fluxscope::analysis

#include "sim/times/folds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/random.hpp"
#include "base/statistics.hpp"
#include "sim/calibrate/conformal.hpp"

namespace fluxscope::sim {
namespace {

constexpr std::uint64_t kSeed = 15;

/// `count` of `rows` at random.
RowIndices drawn(RowIndices rows, std::size_t count, Random& random) {
  for (std::size_t i = 0; i < std::min(count, rows.size()); ++i) {
    std::swap(rows[i], rows[i + random.below(rows.size() - i)]);
  }
  rows.resize(std::min(count, rows.size()));
  return rows;
}

std::string shape_text(TimedRow const& row) {
  return std::to_string(row.shape.q_heads) + "/" + std::to_string(row.shape.kv_heads) + "/" +
         std::to_string(row.shape.head_dim);
}

RatioInterval interval_of(std::span<HeldOutRow const> rows,
                          std::function<bool(HeldOutRow const&)> const& taken) {
  std::vector<double> ratios;
  for (HeldOutRow const& one : rows) {
    if (taken(one)) ratios.push_back(1 / one.predicted_ratio);
  }
  if (ratios.empty()) return {std::nan(""), std::nan("")};
  return conformal_interval(std::move(ratios));
}

/// Share of `rows` inside the interval of other rows.
double coverage(std::span<HeldOutRow const> rows, std::span<HeldOutRow const> interval_rows) {
  std::map<std::size_t, RatioInterval> intervals;
  for (HeldOutRow const& one : rows) intervals[one.fold];
  bool const one_fold = intervals.size() < 2;
  for (auto& [fold, interval] : intervals) {
    interval =
        one_fold
            ? interval_of(interval_rows, [](HeldOutRow const&) { return true; })
            : interval_of(rows, [fold = fold](HeldOutRow const& one) { return one.fold != fold; });
    if (std::isnan(interval.low)) return std::numeric_limits<double>::quiet_NaN();
  }
  auto const covered = std::count_if(rows.begin(), rows.end(), [&](HeldOutRow const& one) {
    RatioInterval const& interval = intervals.at(one.fold);
    double const ratio = 1 / one.predicted_ratio;
    return interval.low <= ratio && ratio <= interval.high;
  });
  return static_cast<double>(covered) / static_cast<double>(rows.size());
}

}  // namespace

RowIndices spread_over_times(TimesTable const& table, RowIndices const& rows, std::size_t count) {
  std::map<int, RowIndices> octaves;
  for (std::size_t const i : rows) octaves[std::ilogb(table.rows[i].time_ns)].push_back(i);
  std::vector<RowIndices> bins;
  for (auto& [octave, bin] : octaves) bins.push_back(std::move(bin));
  std::stable_sort(bins.begin(), bins.end(),
                   [](auto const& a, auto const& b) { return a.size() < b.size(); });
  Random random(kSeed);
  RowIndices chosen;
  for (std::size_t i = 0; i < bins.size(); ++i) {
    std::size_t const share = (count - chosen.size()) / (bins.size() - i);
    for (std::size_t const row : drawn(bins[i], share, random)) chosen.push_back(row);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::vector<HoldOutAxis> hold_out_axes() {
  return {{"shape", shape_text},
          {"batch", [](TimedRow const& row) { return std::to_string(row.batch); }},
          {"context",
           [](TimedRow const& row) {
             return std::to_string(row.q_len) + "/" + std::to_string(row.kv_len);
           }},
          {"window", [](TimedRow const& row) { return std::to_string(row.window_tokens); }}};
}

std::vector<RowIndices> folds_by(TimesTable const& table, RowIndices const& rows,
                                 HoldOutAxis const& axis, std::size_t folds) {
  std::map<std::string, std::size_t> fold_of;
  for (std::size_t const i : rows) {
    fold_of.try_emplace(axis.group_of(table.rows[i]), fold_of.size() % folds);
  }
  std::vector<RowIndices> dealt(std::min(folds, fold_of.size()));
  for (std::size_t const i : rows) dealt[fold_of.at(axis.group_of(table.rows[i]))].push_back(i);
  return dealt;
}

void add_errors(HeldOutSet& set, std::span<HeldOutRow const> rows,
                std::span<HeldOutRow const> interval_rows) {
  std::vector<double> errors;
  for (HeldOutRow const& one : rows) errors.push_back(std::abs(one.predicted_ratio - 1));
  std::sort(errors.begin(), errors.end());
  set.cases = static_cast<std::int64_t>(errors.size());
  set.mape_ratio =
      std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
  set.median_ratio = median(errors);
  set.p90_ratio = errors[nearest_rank(0.9, errors.size()) - 1];
  set.coverage_ratio = coverage(rows, interval_rows);
}

HeldOutSet held_out_set(std::string const& by, plan::Phase phase, double over_ns,
                        TimesTable const& table, std::span<HeldOutRow const> rows,
                        std::span<HeldOutRow const> interval_rows) {
  auto const counts = [&](HeldOutRow const& one) {
    TimedRow const& row = table.rows[one.row];
    return row.phase == phase && row.time_ns > over_ns;
  };
  std::vector<HeldOutRow> chosen;
  std::vector<HeldOutRow> others;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(chosen), counts);
  std::copy_if(interval_rows.begin(), interval_rows.end(), std::back_inserter(others), counts);
  HeldOutSet set{.by = by, .phase = phase, .over_ns = over_ns};
  if (!chosen.empty()) add_errors(set, chosen, others);
  return set;
}

}  // namespace fluxscope::sim

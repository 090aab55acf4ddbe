#include "sim/step_times/fit_tables.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/statistics.hpp"
#include "sim/step_times/product_tiles.hpp"

namespace fluxscope::sim {
namespace {

constexpr double kEnough = 0.01;

/// Ascending m, one n and k.
std::vector<GemmPoint> thinned(std::vector<GemmPoint> const& column, GemmRates const& rates,
                               std::size_t most) {
  std::vector<GemmPoint> points = {column.front()};
  if (column.size() > 1) points.push_back(column.back());
  while (points.size() < most) {
    GemmTable const table(points, rates);
    double worst = kEnough;
    GemmPoint const* missed = nullptr;
    for (GemmPoint const& one : column) {
      double const miss = std::abs(table.time(one.shape).time_ns / one.time_ns - 1);
      if (miss <= worst) continue;
      worst = miss;
      missed = &one;
    }
    if (missed == nullptr) break;
    points.push_back(*missed);
  }
  return points;
}

/// Ascending bytes.
std::vector<RatePoint> thinned(std::vector<RatePoint> const& sizes, std::size_t most) {
  if (sizes.size() <= most) return sizes;
  double const first = std::log(static_cast<double>(sizes.front().bytes));
  double const last = std::log(static_cast<double>(sizes.back().bytes));
  std::vector<RatePoint> points;
  std::size_t next = 0;
  for (std::size_t part = 1; part <= most; ++part) {
    double const end = first + (last - first) * static_cast<double>(part) / double(most);
    std::vector<double> bytes;
    std::vector<double> ns;
    for (; next < sizes.size(); ++next) {
      bool const inside = std::log(static_cast<double>(sizes[next].bytes)) <= end;
      if (!inside && part < most) break;
      bytes.push_back(static_cast<double>(sizes[next].bytes));
      ns.push_back(sizes[next].time_ns);
    }
    if (bytes.empty()) continue;
    points.push_back({static_cast<std::int64_t>(median(bytes)), median(ns)});
  }
  return points;
}

RateCurve curve_of(std::vector<RatePoint> sizes, std::size_t most) {
  std::sort(sizes.begin(), sizes.end(), [](auto& a, auto& b) { return a.bytes < b.bytes; });
  auto points = thinned(sizes, most);
  return points.size() < 2 ? RateCurve() : RateCurve(std::move(points));
}

template <class Key>
std::map<Key, RateCurve> curves_of(std::map<Key, std::vector<RatePoint>> const& sizes,
                                   std::size_t most) {
  std::map<Key, RateCurve> curves;
  for (auto const& [key, of_key] : sizes) {
    RateCurve curve = curve_of(of_key, most);
    if (!curve.empty()) curves[key] = std::move(curve);
  }
  return curves;
}

}  // namespace

GemmRates gemm_rates(DeviceSpec const& spec) {
  return {.sm_count = spec.sm_count,
          .flop_per_s = static_cast<double>(spec.bf16_flop_per_s),
          .bytes_per_s = static_cast<double>(spec.hbm_bytes_per_s)};
}

StepTables fit_step_tables(StepTimes const& times, std::span<std::size_t const> rows,
                           DeviceSpec const& spec, StepPoints const& points) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::vector<GemmPoint>> columns;  // by n, k
  std::map<plan::LaunchOp, std::vector<RatePoint>> sizes;
  std::map<std::int32_t, std::vector<RatePoint>> messages;
  for (std::size_t const i : rows) {
    StepTimedRow const& row = times.rows[i];
    if (row.table == StepTable::gemm) {
      columns[{row.gemm.n, row.gemm.k}].push_back({.shape = row.gemm, .time_ns = row.time_ns});
    } else if (row.table == StepTable::rows) {
      sizes[row.op].push_back({row.bytes, row.time_ns});
    } else {
      messages[row.ranks].push_back({row.bytes, row.time_ns});
    }
  }
  GemmRates const rates = gemm_rates(spec);
  std::vector<GemmPoint> products;
  for (auto& [weights, column] : columns) {
    std::sort(column.begin(), column.end(),
              [](GemmPoint const& a, GemmPoint const& b) { return a.shape.m < b.shape.m; });
    auto const chosen = thinned(with_tiles(column, rates), rates, points.products);
    products.insert(products.end(), chosen.begin(), chosen.end());
  }
  return {.gemm = GemmTable(std::move(products), rates),
          .rows = curves_of(sizes, points.sizes),
          .collective = curves_of(messages, points.sizes)};
}

bool has_table(StepTimedRow const& row, StepTables const& tables) {
  if (row.table == StepTable::gemm) return !tables.gemm.empty();
  if (row.table == StepTable::rows) return tables.rows.contains(row.op);
  return tables.collective.contains(row.ranks);
}

double predict_ns(StepTimedRow const& row, StepTables const& tables) {
  if (row.table == StepTable::gemm) return tables.gemm.time(row.gemm).time_ns;
  if (row.table == StepTable::rows) return tables.rows.at(row.op).time(row.bytes).time_ns;
  return tables.collective.at(row.ranks).time(row.bytes).time_ns;
}

}  // namespace fluxscope::sim

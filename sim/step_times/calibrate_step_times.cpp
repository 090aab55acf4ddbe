#include "sim/step_times/calibrate_step_times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "base/error.hpp"
#include "base/terminal/number_text.hpp"
#include "base/terminal/text_table.hpp"
#include "plan/layer/names.hpp"
#include "sim/calibrate/conformal.hpp"
#include "sim/step_times/plausible.hpp"
#include "sim/times/calibrate_times.hpp"
#include "sim/times/folds.hpp"

namespace fluxscope::sim {
namespace {

constexpr std::size_t kLeastSizes = 4;  // a fold of one, and three to say how time goes

/// What a column of products, or a curve, is of.
using Group = std::tuple<StepTable, std::int64_t, std::int64_t>;
Group group_of(StepTimedRow const& row) {
  if (row.table == StepTable::gemm) return {row.table, row.gemm.n, row.gemm.k};
  if (row.table == StepTable::rows) return {row.table, std::int64_t(row.op), 0};
  return {row.table, row.ranks, 0};
}

std::int64_t size_of(StepTimedRow const& row) {
  return row.table == StepTable::gemm ? row.gemm.m : row.bytes;
}

void expect_enough(StepTimes const& times) {
  std::map<Group, std::vector<StepTimedRow const*>> groups;
  for (StepTimedRow const& row : times.rows) groups[group_of(row)].push_back(&row);
  for (auto const& [group, rows] : groups) {
    if (rows.size() >= kLeastSizes) continue;
    StepTimedRow const& row = *rows.back();
    throw InputError(fmt::format(
        "{}{} of these weights, operation or ranks ({}; a table needs {} to say how time goes "
        "between them, and to hold some out) add others, or remove these rows.",
        times.where(row), rows.size() == 1 ? "one size" : fmt::format("{} sizes", rows.size()),
        row.what(), kLeastSizes));
  }
}

class StepCalibrator {
 public:
  StepCalibrator(StepTimes const& times, DeviceSpec const& spec, StepTimesOptions const& options)
      : times_(times), spec_(spec), options_(options), all_(times.rows.size()) {
    std::iota(all_.begin(), all_.end(), std::size_t{0});
  }

  StepCalibration run() {
    result_.tables = fit_step_tables(times_, all_, spec_, options_.points);
    result_.rows = static_cast<std::int64_t>(all_.size());
    for (StepTable const table : {StepTable::gemm, StepTable::rows, StepTable::collective}) {
      bool const products = table == StepTable::gemm;
      held_out(table, products ? "tokens" : "bytes", to_text(table), sizes_of(table));
      if (products) held_out(table, "weights", "gemm_other_weights", weights());
    }
    return std::move(result_);
  }

 private:
  using Folds = std::map<std::size_t, std::size_t>;  // row -> fold

  /// Every size of a table's groups is dealt out, so that a fold leaves out the same m everywhere.
  [[nodiscard]] Folds sizes_of(StepTable table) const {
    std::map<Group, std::set<std::int64_t>> sizes;
    auto const key = [&](StepTimedRow const& row) {
      return table == StepTable::gemm ? Group{table, 0, 0} : group_of(row);
    };
    for (StepTimedRow const& row : times_.rows) {
      if (row.table == table) sizes[key(row)].insert(size_of(row));
    }
    Folds folds;
    for (std::size_t const i : all_) {
      StepTimedRow const& row = times_.rows[i];
      if (row.table != table) continue;
      auto const& of_group = sizes.at(key(row));
      auto const rank = std::distance(of_group.begin(), of_group.find(size_of(row)));
      folds[i] = static_cast<std::size_t>(rank) % options_.folds;
    }
    return folds;
  }

  /// None where there is one n and k.
  [[nodiscard]] Folds weights() const {
    std::map<Group, std::size_t> number;
    Folds folds;
    for (std::size_t const i : all_) {
      if (times_.rows[i].table != StepTable::gemm) continue;
      auto const& [found, is_new] = number.try_emplace(group_of(times_.rows[i]), number.size());
      folds[i] = found->second % options_.folds;
    }
    return number.size() < 2 ? Folds{} : folds;
  }

  [[nodiscard]] std::vector<HeldOutRow> predicted(Folds const& folds) const {
    std::vector<HeldOutRow> rows;
    for (std::size_t fold = 0; fold < options_.folds; ++fold) {
      std::vector<std::size_t> rest;
      for (auto const& [row, of_row] : folds) {
        if (of_row != fold) rest.push_back(row);
      }
      if (rest.empty() || rest.size() == folds.size()) continue;
      StepTables const tables = fit_step_tables(times_, rest, spec_, options_.points);
      for (auto const& [row, of_row] : folds) {
        StepTimedRow const& one = times_.rows[row];
        if (of_row != fold || !has_table(one, tables)) continue;
        rows.push_back(
            {.row = row, .fold = fold, .predicted_ratio = predict_ns(one, tables) / one.time_ns});
      }
    }
    return rows;
  }

  void held_out(StepTable table, std::string const& by, std::string const& interval,
                Folds const& folds) {
    std::vector<HeldOutRow> const rows = predicted(folds);
    if (rows.empty()) return;
    std::vector<double> ratios;
    for (HeldOutRow const& one : rows) ratios.push_back(1 / one.predicted_ratio);
    RatioInterval const ends = conformal_interval(std::move(ratios));
    result_.tables.held_out[interval] = {.low_ratio = ends.low,
                                         .high_ratio = ends.high,
                                         .points = static_cast<std::int64_t>(rows.size())};
    for (double const over_ns : {0.0, kLongKernelNs}) {
      std::vector<HeldOutRow> chosen;
      std::copy_if(rows.begin(), rows.end(), std::back_inserter(chosen),
                   [&](HeldOutRow const& one) { return times_.rows[one.row].time_ns > over_ns; });
      if (chosen.empty()) continue;
      HeldOutSet set{.by = by, .table = to_text(table), .over_ns = over_ns};
      add_errors(set, chosen, chosen);
      result_.held_out.push_back(set);
    }
  }

  StepTimes const& times_;
  DeviceSpec const& spec_;
  StepTimesOptions const& options_;
  std::vector<std::size_t> all_;
  StepCalibration result_;
};

std::string made_from(StepTimes const& times) {
  std::string text;
  for (std::string const& path : times.paths) {
    text += (text.empty() ? "" : ", ") + path.substr(path.find_last_of('/') + 1);
  }
  return text;
}

/// Tables that were transferred and are measured now.
void forget_transferred(StepTables& tables, StepTables const& measured) {
  if (!measured.gemm.empty()) tables.transferred.erase(kTransferredGemm);
  for (auto const& [op, curve] : measured.rows) tables.transferred.erase(plan::to_text(op));
  if (!measured.collective.empty()) {
    tables.transferred.erase(plan::to_text(plan::LaunchOp::all_reduce));
  }
  if (tables.transferred.empty()) tables.transferred_from.clear();
}

}  // namespace

StepCalibration calibrate_step_times(StepTimes const& times, DeviceSpec const& spec,
                                     StepTimesOptions const& options) {
  expect_plausible(times, spec);
  expect_enough(times);
  StepCalibration calibration = StepCalibrator(times, spec, options).run();
  calibration.tables.made_from = made_from(times);
  return calibration;
}

DeviceProfile with_step_tables(DeviceProfile profile, StepCalibration const& calibration) {
  StepTables& tables = profile.step;
  StepTables const& measured = calibration.tables;
  forget_transferred(tables, measured);
  if (!measured.gemm.empty()) tables.gemm = measured.gemm;
  for (auto const& [op, curve] : measured.rows) tables.rows[op] = curve;
  for (auto const& [ranks, curve] : measured.collective) tables.collective[ranks] = curve;
  for (auto const& [table, evidence] : measured.held_out) tables.held_out[table] = evidence;
  std::string& from = tables.made_from;
  if (from.find(measured.made_from) == std::string::npos) {
    from += (from.empty() ? "" : ", ") + measured.made_from;
  }
  std::set<std::string> renewed;
  for (HeldOutSet const& set : calibration.held_out) renewed.insert(set.table);
  std::erase_if(profile.held_out,
                [&](HeldOutSet const& set) { return renewed.contains(set.table); });
  profile.held_out.insert(profile.held_out.end(), calibration.held_out.begin(),
                          calibration.held_out.end());
  return profile;
}

std::string step_calibration_text(StepCalibration const& calibration) {
  auto const percent = [](double ratio) { return number_text("{:.1f}", 100 * ratio); };
  TextTable errors({"errors on held-out rows, %", "table", "above us", "rows", "mean", "median",
                    "p90", "covered"});
  for (HeldOutSet const& set : calibration.held_out) {
    errors.add({set.by, set.table, number_text("{:.0f}", set.over_ns / 1e3),
                std::to_string(set.cases), percent(set.mape_ratio), percent(set.median_ratio),
                percent(set.p90_ratio), percent(set.coverage_ratio)});
  }
  std::size_t sizes = 0;
  for (auto const& [op, curve] : calibration.tables.rows) sizes += curve.points().size();
  for (auto const& [ranks, curve] : calibration.tables.collective) sizes += curve.points().size();
  return fmt::format("{} rows, of which {} products and {} sizes are kept\n\n", calibration.rows,
                     calibration.tables.gemm.points().size(), sizes) +
         errors.text();
}

}  // namespace fluxscope::sim

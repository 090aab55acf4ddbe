#include "sim/step_times/table.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/statistics.hpp"
#include "plan/layer/names.hpp"
#include "plan/step/step_plan.hpp"
#include "sim/step_times/dialect.hpp"

namespace fluxscope::sim {
namespace {

using Weights = std::set<std::pair<std::int64_t, std::int64_t>>;  // (n, k)

auto case_key(StepTimedRow const& row) {
  return std::tuple(row.table, row.gemm.n, row.gemm.k, row.gemm.m, row.op, row.ranks, row.bytes);
}

/// Of the models' products on one GPU: a token's step has all of them.
Weights weights_of(std::vector<plan::Model> const& models) {
  Weights weights;
  for (plan::Model const& model : models) {
    plan::StepShape const token{.phase = plan::Phase::decode, .sequences = {{1, 1}}};
    for (plan::StepOp const& op : plan::make_step(model, token)) {
      if (op.gemm.n > 0) weights.insert({op.gemm.n, op.gemm.k});
    }
  }
  return weights;
}

class Reading {
 public:
  Reading(Repeats repeats, Weights weights) : repeats_(repeats), weights_(std::move(weights)) {}

  void file(std::string const& path) {
    times_.paths.push_back(path);
    CsvReader reader(path, limits::kTimesBytes);
    auto const dialect = step_dialect_of(reader);
    if (!dialect) {
      throw InputError(reader.where() +
                       "no table of products, rows or all_reduce (a step's table beside tables of "
                       "attention) give the one or the other.");
    }
    std::vector<std::string> cells;
    std::size_t const before = times_.rows.size();
    while (reader.next(cells)) {
      for (StepTimedRow& row : dialect->rows(cells, reader.where())) {
        row.file = static_cast<std::int32_t>(times_.paths.size()) - 1;
        row.line = reader.line();
        add(row, reader.where());
      }
    }
    if (times_.rows.size() > before) return;
    throw InputError(reader.where() + "no rows" + (weights_.empty() ? "" : " of the models") +
                     " (a profile's tables are measured times). Add some.");
  }

  StepTimes take() {
    for (std::size_t i = 0; i < times_.rows.size(); ++i) times_.rows[i].time_ns = median(ns_[i]);
    return std::move(times_);
  }

 private:
  void add(StepTimedRow const& row, std::string const& where) {
    bool const product = row.table == StepTable::gemm;
    if (product && !weights_.empty() && !weights_.contains({row.gemm.n, row.gemm.k})) return;
    auto const [found, is_new] = index_.try_emplace(case_key(row), times_.rows.size());
    if (is_new) {
      if (times_.rows.size() >= limits::kTimedRows) {
        throw InputError(where + "more than " + std::to_string(limits::kTimedRows) +
                         " cases (a few hundred become points) give fewer.");
      }
      times_.rows.push_back(row);
      ns_.push_back({row.time_ns});
      return;
    }
    if (repeats_ == Repeats::refuse) {
      throw InputError(where + row.what() + " is given twice, also at " +
                       times_.where(times_.rows[found->second]) +
                       "(which time holds is not said) remove one, or give --repeats median.");
    }
    ns_[found->second].push_back(row.time_ns);
  }

  Repeats repeats_;
  Weights weights_;
  StepTimes times_;
  std::vector<std::vector<double>> ns_;  // [rows]
  std::map<decltype(case_key(StepTimedRow{})), std::size_t> index_;
};

}  // namespace

std::string to_text(StepTable table) {
  if (table == StepTable::gemm) return "gemm";
  return table == StepTable::rows ? "rows" : "collective";
}

std::string StepTimedRow::what() const {
  if (table == StepTable::gemm) {
    return fmt::format("product {} x {} x {}", gemm.m, gemm.n, gemm.k);
  }
  if (table == StepTable::rows) return fmt::format("{} of {} bytes", plan::to_text(op), bytes);
  return fmt::format("all_reduce of {} bytes among {} ranks", bytes, ranks);
}

std::string StepTimes::where(StepTimedRow const& row) const {
  return paths[static_cast<std::size_t>(row.file)] + ":" + std::to_string(row.line) + ": ";
}

bool is_step_times(std::string const& path) {
  CsvReader const reader(path, limits::kTimesBytes);
  for (char const* name : {"m", "n", "k", "ranks", "bytes", "message_size", "num_tokens",
                           "time_stats.all_reduce.median"}) {
    if (reader.find(name)) return true;
  }
  return false;
}

StepTimes read_step_times(std::vector<std::string> const& paths, Repeats repeats,
                          std::vector<plan::Model> const& models) {
  Reading reading(repeats, weights_of(models));
  for (std::string const& path : paths) reading.file(path);
  return reading.take();
}

}  // namespace fluxscope::sim

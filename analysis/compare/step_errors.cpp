#include "analysis/compare/step_errors.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "analysis/measure/statistics.hpp"
#include "analysis/measure/step_budget.hpp"
#include "analysis/verdict/comparable.hpp"
#include "base/statistics.hpp"

namespace fluxscope::analysis {
namespace {

constexpr double kClearDifference = 0.03;

double error_of(double measured, double simulated) { return simulated / measured - 1; }

std::vector<OpError> op_errors(StepBudget const& measured, StepBudget const& simulated) {
  std::vector<OpError> errors;
  for (OpSum const& one : measured.ops) {
    auto const other = std::find_if(simulated.ops.begin(), simulated.ops.end(),
                                    [&](OpSum const& sum) { return sum.op == one.op; });
    if (other == simulated.ops.end() || !(one.time_ns > 0) || !std::isfinite(other->time_ns)) {
      continue;
    }
    errors.push_back({one.op, one.time_ns, other->time_ns, error_of(one.time_ns, other->time_ns)});
  }
  return errors;
}

/// Errors and measured times that a summary is of.
struct Collected {
  std::vector<double> errors;
  double measured_ns = 0;

  void add(double error, double ns) {
    errors.push_back(error);
    measured_ns += ns;
  }
};

OpErrorSummary summary_of(std::string op, Collected const& collected, double all_ns) {
  std::vector<double> absolute;
  for (double const error : collected.errors) absolute.push_back(std::abs(error));
  return {.op = std::move(op),
          .steps = collected.errors.size(),
          .mape_ratio = mean_of(absolute),
          .p90_ratio = quantile_of(absolute, 0.9),
          .bias_ratio = mean_of(collected.errors),
          .share_ratio = collected.measured_ns / all_ns};
}

std::vector<OpErrorSummary> summarise(std::vector<StepError> const& steps) {
  if (steps.empty()) return {};
  Collected whole;
  std::map<std::string, Collected> ops;
  for (StepError const& step : steps) {
    whole.add(step.error_ratio, step.measured_ns);
    for (OpError const& op : step.ops) ops[op.op].add(op.error_ratio, op.measured_ns);
  }
  std::vector<OpErrorSummary> summaries = {summary_of("", whole, whole.measured_ns)};
  for (auto const& [op, of_op] : ops) {
    summaries.push_back(summary_of(op, of_op, whole.measured_ns));
  }
  std::stable_sort(summaries.begin() + 1, summaries.end(),
                   [](auto const& a, auto const& b) { return a.share_ratio > b.share_ratio; });
  return summaries;
}

/// The joined steps among which a user chooses: their places in `steps`.
using Choices =
    std::map<std::tuple<Shape, std::string_view, std::uint32_t>, std::vector<std::size_t>>;

WhatIfSigns signs_of(std::vector<StepError> const& steps, Choices const& choices) {
  WhatIfSigns signs;
  for (auto const& [key, places] : choices) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      for (std::size_t j = i + 1; j < places.size(); ++j) {
        StepError const& a = steps[places[i]];
        StepError const& b = steps[places[j]];
        double const ratio = a.measured_ns / b.measured_ns;
        if (std::max(ratio, 1 / ratio) <= 1 + kClearDifference) continue;
        ++signs.pairs;
        bool const same = (a.measured_ns < b.measured_ns) == (a.simulated_ns < b.simulated_ns) &&
                          a.simulated_ns != b.simulated_ns;
        if (same) ++signs.right;
      }
    }
  }
  return signs;
}

}  // namespace

StepComparison compare_steps(traces::Trace const& measured, traces::Trace const& simulated) {
  StepComparison result;
  auto const budgets = step_budgets(measured);
  auto const other_budgets = step_budgets(simulated);
  std::map<std::string_view, std::uint32_t> partners;
  for (traces::StepRecord const& step : simulated.steps) {
    if (std::isfinite(step.time_ns)) partners.emplace(step.name, step.step_id);
  }
  Choices choices;
  for (traces::StepRecord const& step : measured.steps) {
    auto const partner = partners.find(step.name);
    if (partner == partners.end() || !(step.time_ns > 0)) {
      result.only_measured.push_back(step.name);
      continue;
    }
    traces::StepRecord const& other = simulated.steps[partner->second];
    choices[{shape_of(measured.rows[step.row_id]), step.mode, step.chunk}].push_back(
        result.steps.size());
    result.steps.push_back({.name = step.name,
                            .mode = step.mode,
                            .provenance = other.provenance,
                            .measured_ns = step.time_ns,
                            .simulated_ns = other.time_ns,
                            .error_ratio = error_of(step.time_ns, other.time_ns),
                            .ops = op_errors(budgets[step.step_id], other_budgets[other.step_id])});
    partners.erase(partner);
  }
  for (auto const& [name, id] : partners) result.only_simulated.emplace_back(name);
  result.summaries = summarise(result.steps);
  result.signs = signs_of(result.steps, choices);
  return result;
}

}  // namespace fluxscope::analysis

#include "kernels/dense/gemm/gemm_plan.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "base/statistics.hpp"
#include "kernels/dense/gemm/timed_launches.hpp"

namespace fluxscope::kernels {
namespace {

constexpr std::size_t kFinalists = 4;  // timed once more, beside the heuristic's own choice
constexpr int kFinalRounds = 5;
constexpr double kGraphUs = 1000;  // that one graph is to run for
constexpr std::size_t kMostLaunches = 100;

/// Launches that fill a graph: at least each of the operands once.
std::size_t launches_of(double us, std::size_t operands) {
  auto const wanted = static_cast<std::size_t>(kGraphUs / std::max(us, 1.0)) + 1;
  std::size_t const turns = (std::min(wanted, kMostLaunches) + operands - 1) / operands;
  return turns * operands;
}

/// The candidates by time, quickest first, and the heuristic's own among the first.
std::vector<std::size_t> finalists(std::vector<GemmCandidate> const& candidates) {
  std::vector<std::size_t> order(candidates.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return candidates[a].us < candidates[b].us; });
  order.resize(std::min(order.size(), kFinalists));
  if (std::find(order.begin(), order.end(), std::size_t{0}) == order.end()) order.push_back(0);
  return order;
}

}  // namespace

GemmPlan::GemmPlan(CublasLt const& library, plan::GemmShape const& shape,
                   std::size_t workspace_bytes)
    : problem_(library, shape),
      workspace_bytes_(workspace_bytes),
      chosen_(problem_.algorithms(workspace_bytes, 1).front()) {}

GemmSearch GemmPlan::search(std::span<GemmParams const> operands, int most) {
  expects(!operands.empty() && most > 0, "a search has operands and candidates");
  auto const found = problem_.algorithms(workspace_bytes_, most);
  GemmSearch search;
  std::vector<TimedLaunches> timed;
  for (auto const& one : found) {
    auto const launch = [&](std::size_t i, cudaStream_t stream) {
      problem_.launch(operands[i % operands.size()], one, stream);
    };
    // Once uncaptured: it loads the code and says how long a launch takes.
    double const us = time_once_us(launch);
    timed.emplace_back(launches_of(us, operands.size()), launch);
    search.candidates.push_back(
        {describe_algorithm(problem_.table(), one), timed.back().replay_us()});
  }
  std::vector<std::size_t> const last = finalists(search.candidates);
  std::vector<std::vector<double>> us(last.size());
  for (int round = 0; round < kFinalRounds; ++round) {  // in turn: the clock drifts
    for (std::size_t i = 0; i < last.size(); ++i) us[i].push_back(timed[last[i]].replay_us());
  }
  search.best = last.front();
  for (std::size_t i = 0; i < last.size(); ++i) search.candidates[last[i]].us = median(us[i]);
  for (std::size_t const i : last) {
    if (search.candidates[i].us < search.candidates[search.best].us) search.best = i;
  }
  chosen_ = found[search.best];
  return search;
}

void GemmPlan::launch(GemmParams const& params, cudaStream_t stream) const {
  problem_.launch(params, chosen_, stream);
}

GemmAlgorithm GemmPlan::algorithm() const { return describe_algorithm(problem_.table(), chosen_); }

}  // namespace fluxscope::kernels

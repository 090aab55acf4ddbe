#pragma once
// A product of one shape, planned once and launched often:
//   Y[m, n] = X[m, k] W[n, k]^T, bf16 in and out, fp32 accumulated.

#include <span>
#include <vector>

#include "kernels/dense/gemm/algorithm.hpp"
#include "kernels/dense/gemm/problem.hpp"

namespace fluxscope::kernels {

/// One algorithm of a search.
struct GemmCandidate {
  GemmAlgorithm algorithm;
  double us = 0;  ///< median of a launch, in a graph of launches
};

/// What a search timed.
struct GemmSearch {
  std::vector<GemmCandidate> candidates;  ///< in the heuristic's order: the first is its choice
  std::size_t best = 0;                   ///< of candidates; the plan's from then on
};

class GemmPlan {
 public:
  /// Takes the heuristic's first algorithm among those that need at most `workspace_bytes`. Throws
  /// InputError for a shape that it has none for. `library` outlives the plan.
  GemmPlan(CublasLt const& library, plan::GemmShape const& shape, std::size_t workspace_bytes);

  /// Times the heuristic's first `most` algorithms by CUDA events and keeps the quickest. The
  /// launches take the operands in turn: with copies of the weights larger than the L2 they come
  /// from memory, as in a step. Writes every y. Waits for the device, which nothing else may use.
  GemmSearch search(std::span<GemmParams const> operands, int most);

  /// Enqueues only; the first launch of a plan may load the library's code, so launch once before a
  /// graph is captured. Throws InputError for a null or misaligned pointer.
  void launch(GemmParams const& params, cudaStream_t stream) const;

  [[nodiscard]] GemmAlgorithm algorithm() const;
  [[nodiscard]] plan::GemmShape const& shape() const { return problem_.shape(); }
  [[nodiscard]] std::size_t workspace_bytes() const { return workspace_bytes_; }

 private:
  GemmProblem problem_;
  std::size_t workspace_bytes_;
  cublasLtMatmulHeuristicResult_t chosen_;
};

}  // namespace fluxscope::kernels

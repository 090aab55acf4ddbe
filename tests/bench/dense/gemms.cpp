#include "tests/bench/dense/gemms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "kernels/dense/gemm/gemm_plan.hpp"
#include "plan/step/step_plan.hpp"
#include "tests/bench/kernels/decode.hpp"

namespace fluxscope::bench {
namespace {

constexpr int kCandidates = 24;
constexpr std::size_t kWorkspaceBytes = std::size_t{64} << 20;
constexpr std::int64_t kSetBytes = std::int64_t{256} << 20;  // weights in turn: five L2 caches

struct Product {
  std::string model;
  std::string op;
  plan::GemmShape shape;
};

/// Products of the first layer and of the head.
std::vector<Product> products_of(std::string const& model, std::int32_t m) {
  bool const decode = m <= 16;
  plan::StepShape const step{
      .phase = decode ? plan::Phase::decode : plan::Phase::prefill,
      .sequences = std::vector<plan::SequenceShape>(static_cast<std::size_t>(decode ? m : 1),
                                                    {decode ? 1 : m, decode ? 1 : m}),
      .last_chunk = decode};
  std::vector<Product> products;
  for (plan::StepOp const& op : plan::make_step(plan::model_of_flag(model), step)) {
    plan::OpRow const& row = plan::op_row(op.op);
    if (row.form == plan::OpForm::gemm && op.layer <= 0) {
      products.push_back({model, std::string(row.name), op.gemm});
    }
  }
  return products;
}

std::vector<Product> all_products() {
  std::vector<Product> products;
  for (char const* model : {"llama-3.1-8b", "llama-3.1-70b", "qwen3-4b", "qwen3-8b"}) {
    for (std::int32_t const m : {1, 2, 4, 8, 16, 512, 4096, 16384}) {
      auto const some = products_of(model, m);
      products.insert(products.end(), some.begin(), some.end());
    }
  }
  return products;
}

std::size_t count(std::int64_t rows, std::int64_t columns) {
  return static_cast<std::size_t>(rows * columns);
}

/// Operands of the largest product, normal random.
class Operands {
 public:
  explicit Operands(std::vector<Product> const& products) : workspace_(kWorkspaceBytes) {
    std::size_t x = 0;
    std::size_t w = static_cast<std::size_t>(2 * kSetBytes);
    std::size_t y = 0;
    for (Product const& one : products) {
      x = std::max(x, count(one.shape.m, one.shape.k));
      w = std::max(w, count(one.shape.n, one.shape.k));
      y = std::max(y, count(one.shape.m, one.shape.n));
    }
    x_.reserve(x);
    w_.reserve(w);
    y_.reserve(y);
    fill_normal(x_.data(), x, 1);
    fill_normal(w_.data(), w, 2);
    FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
  }

  /// The same x and y with so many weights that they do not stay in the L2.
  [[nodiscard]] std::vector<kernels::GemmParams> in_turn(plan::GemmShape const& shape) const {
    std::size_t const size = count(shape.n, shape.k);
    std::size_t const wanted = static_cast<std::size_t>(kSetBytes) / (2 * size) + 1;
    std::vector<kernels::GemmParams> operands;
    for (std::size_t i = 0; i < std::min(wanted, w_.count() / size); ++i) {
      operands.push_back({.x = x_.data(),
                          .w = w_.data() + i * size,
                          .y = y_.data(),
                          .workspace = workspace_.data()});
    }
    return operands;
  }

 private:
  DeviceBuffer<__nv_bfloat16> x_, w_, y_;
  DeviceBuffer<std::uint8_t> workspace_;
};

std::string json(kernels::GemmCandidate const& one) {
  return fmt::format(R"({{"us": {:.3f}, "algorithm": "{}"}})", one.us, to_text(one.algorithm));
}

void print_product(kernels::CublasLt const& library, Product const& one, Operands const& operands) {
  kernels::GemmPlan plan(library, one.shape, kWorkspaceBytes);
  kernels::GemmSearch const search = plan.search(operands.in_turn(one.shape), kCandidates);
  kernels::GemmCandidate const& first = search.candidates.front();
  kernels::GemmCandidate const& best = search.candidates[search.best];
  fmt::print(
      R"({{"model": "{}", "op": "{}", "m": {}, "n": {}, "k": {}, "candidates": {}, "heuristic": )"
      R"({}, "best": {}, "heuristic_over_best": {:.4f}, "tflop_per_s": {:.1f}, "gb_per_s": {:.1f}}})"
      "\n",
      one.model, one.op, one.shape.m, one.shape.n, one.shape.k, search.candidates.size(),
      json(first), json(best), first.us / best.us,
      static_cast<double>(plan::gemm_flop(one.shape)) / best.us * 1e-6,
      static_cast<double>(plan::gemm_bytes(one.shape)) / best.us * 1e-3);
  std::fflush(stdout);
}

}  // namespace

void print_gemms() {
  kernels::CublasLt const library;
  std::vector<Product> const products = all_products();
  Operands const operands(products);
  fmt::print("{{\"cublaslt\": {}}}\n", library.version());
  for (Product const& one : products) print_product(library, one, operands);
}

}  // namespace fluxscope::bench

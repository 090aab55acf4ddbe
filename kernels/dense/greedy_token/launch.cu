#include "kernels/dense/greedy_token/launch.hpp"

#include "kernels/dense/check.hpp"
#include "kernels/dense/greedy_token/kernel.cuh"
#include "kernels/dense/grid.hpp"
#include "kernels/device/variant.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "greedy_token";

using GreedyVariant = Variant<1, GreedyTokenParams>;  // of a logit type

template <LogitType kType, class Logit, ProbeLevel kProbe>
constexpr GreedyVariant variant() {
  return {{static_cast<std::int32_t>(kType)},
          kProbe,
          greedy::greedy_token_kernel<Logit, kProbe>,
          kChunkThreads};
}

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{variant<LogitType::float32, float, kProbe>()...,
                    variant<LogitType::bfloat16, __nv_bfloat16, kProbe>()...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

GreedyVariant const& pick(LogitType type, ProbeLevel probe) {
  return find_variant(kVariants, kWhere, {static_cast<std::int32_t>(type)}, probe);
}

std::int32_t piece_elements(LogitType type) {
  return type == LogitType::float32 ? greedy::Piece<float>::kElements
                                    : greedy::Piece<__nv_bfloat16>::kElements;
}

void check(GreedyTokenParams const& params) {
  check_size(params.vocab_size, 1, 1 << 28, kWhere, "vocab_size");
  check_size(params.row_stride, piece_elements(params.type), 1 << 28, kWhere, "row_stride");
  require(params.row_stride >= params.vocab_size, kWhere,
          "row_stride is below vocab_size (rows would overlap) pass the elements between rows");
  check_row_count(params.rows, kWhere, "rows");
  if (params.rows == 0) return;
  check_pointer(params.logits, kWhere, "logits");
  check_pointer(params.workspace, kWhere, "workspace");
  require(params.tokens != nullptr, kWhere, "tokens is null (it is the result) pass device memory");
}

}  // namespace

std::size_t greedy_token_workspace_bytes(std::int32_t rows) {
  return static_cast<std::size_t>(rows) * sizeof(greedy::RowState);
}

void launch_greedy_token(GreedyTokenParams const& params, RowsTuning const& tuning,
                         cudaStream_t stream) {
  check(params);
  if (params.rows == 0) return;
  std::int32_t const elements = piece_elements(params.type);
  std::int32_t const pieces = (params.vocab_size + elements - 1) / elements;
  enqueue(pick(params.type, tuning.probe),
          {.grid_ctas = grid_of_rows(params.rows, chunks_of(pieces), kWhere),
           .stream = stream,
           .early = tuning.early},
          params);
}

KernelFacts greedy_token_facts(LogitType type, ProbeLevel probe) {
  return kernel_facts(pick(type, probe), kWhere);
}

}  // namespace fluxscope::kernels

#include "kernels/dense/rope_append/launch.hpp"

#include "kernels/dense/check.hpp"
#include "kernels/dense/grid.hpp"
#include "kernels/dense/rope_append/kernel.cuh"
#include "kernels/device/variant.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "rope_append";
constexpr std::int32_t kManyTokens = 1024;  // from here on a CTA takes four: there are enough CTAs

using RopeVariant = Variant<2, RopeAppendParams, int>;  // of a head_dim and tokens of a CTA

template <int kHeadDim, int kTokens, ProbeLevel kProbe>
constexpr RopeVariant variant() {
  return {{kHeadDim, kTokens},
          kProbe,
          rope::rope_append_kernel<kHeadDim, kTokens, kProbe>,
          rope::kThreads};
}

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{variant<64, 1, kProbe>()..., variant<64, 4, kProbe>()...,
                    variant<128, 1, kProbe>()..., variant<128, 4, kProbe>()...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

std::int32_t tokens_of_cta(std::int32_t tokens) { return tokens < kManyTokens ? 1 : 4; }

RopeVariant const& pick(std::int32_t head_dim, std::int32_t tokens, ProbeLevel probe) {
  return find_variant(kVariants, kWhere, {head_dim, tokens_of_cta(tokens)}, probe);
}

std::int32_t heads_of_cta(std::int32_t head_dim) {
  return head_dim == 64 ? rope::kHeads<64> : rope::kHeads<128>;
}

void check_norms(RopeAppendParams const& params) {
  require((params.q_weight == nullptr) == (params.k_weight == nullptr), kWhere,
          "only one of q_weight and k_weight is given (a model norms both or none) pass both");
  if (params.q_weight == nullptr) return;
  check_pointer(params.q_weight, kWhere, "q_weight");
  check_pointer(params.k_weight, kWhere, "k_weight");
  check_eps(params.eps, kWhere);
}

void check_router(RopeAppendParams const& params) {
  if (params.router_q == nullptr) return;
  check_pointer(params.router_q, kWhere, "router_q");
  require(params.router_q != params.q, kWhere,
          "router_q is q (one holds queries before the rotary embedding, the other after) give it "
          "memory of its own");
  require(
      params.pool_tokens > 0, kWhere,
      "pool_tokens is not positive with router_q (no query would be written) pass the router's");
}

void check(RopeAppendParams const& params) {
  check_heads(params.q_heads, params.kv_heads, params.head_dim, kWhere);
  check_row_count(params.tokens, kWhere, "tokens");
  if (params.tokens == 0) return;
  require(params.batch > 0, kWhere, "batch is not positive (tokens are of sequences) pass >= 1");
  check_pointer(params.qkv, kWhere, "qkv");
  check_pointer(params.frequency, kWhere, "frequency");
  check_pointer(params.sequences, kWhere, "sequences");
  check_pointer(params.q, kWhere, "q");
  check_kv(params.cache.kv(), kWhere);
  check_norms(params);
  check_router(params);
}

}  // namespace

void launch_rope_append(RopeAppendParams const& params, RowsTuning const& tuning,
                        cudaStream_t stream) {
  check(params);
  if (params.tokens == 0) return;
  std::int32_t const of_cta = tokens_of_cta(params.tokens);
  std::int32_t const heads = params.q_heads + 2 * params.kv_heads;
  std::int32_t const in_group = heads_of_cta(params.head_dim);
  std::int32_t const groups = (heads + in_group - 1) / in_group;
  std::int32_t const grid =
      grid_of_rows((std::int64_t{params.tokens} + of_cta - 1) / of_cta, groups, kWhere);
  enqueue(pick(params.head_dim, params.tokens, tuning.probe),
          {.grid_ctas = grid, .stream = stream, .early = tuning.early}, params, groups);
}

KernelFacts rope_append_facts(std::int32_t head_dim, std::int32_t tokens, ProbeLevel probe) {
  check_heads(1, 1, head_dim, kWhere);
  return kernel_facts(pick(head_dim, tokens, probe), kWhere);
}

}  // namespace fluxscope::kernels

#include "plan/step/step_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/checked.hpp"
#include "base/error.hpp"
#include "plan/op/element.hpp"
#include "plan/step/rank.hpp"

namespace fluxscope::plan {
namespace {

constexpr char kBytes[] = "bytes of an operation";

std::int64_t tokens_of(StepShape const& shape) {
  if (shape.sequences.empty()) throw InputError("a step without requests has no work");
  std::int64_t tokens = 0;
  for (auto const& [q_len, kv_len] : shape.sequences) {
    bool const decode = shape.phase == Phase::decode;
    if (q_len < 1 || q_len > kv_len || kv_len > kMaxTokens || (decode && q_len != 1)) {
      throw InputError(fmt::format("q_len = {}, kv_len = {} ({}) choose 0 < q_len <= kv_len <= {}",
                                   q_len, kv_len, decode ? "a decode step has q_len 1" : "prefill",
                                   kMaxTokens));
    }
    tokens += q_len;
  }
  return tokens;
}

/// Of bf16: products and rows are read and written 16 bytes at a time.
constexpr std::int32_t kRowUnit = 8;

void expect_whole_units(Model const& rank, std::int32_t ranks) {
  struct Size {
    char const* key;
    std::int32_t value;
  };
  for (auto const& [key, value] :
       {Size{"hidden_size", rank.hidden_size}, Size{"intermediate_size", rank.intermediate_size},
        Size{"vocab_size", rank.vocab_size}}) {
    if (value > 0 && value % kRowUnit == 0) continue;
    throw InputError(
        fmt::format("{} of {} is {} on each of {} ranks (rows of 16 bytes have "
                    "multiples of {}) choose another model, or other ranks",
                    key, rank.name, value, ranks, kRowUnit));
  }
}

class StepMaker {
 public:
  StepMaker(Model const& model, StepShape const& shape)
      : rank_(rank_of(model, shape.ranks)),
        shape_(shape),
        tokens_(tokens_of(shape)),
        requests_(static_cast<std::int64_t>(shape.sequences.size())) {}

  std::vector<StepOp> make() {
    rows(LaunchOp::embedding, tokens_, 2 * rank_.hidden_size);
    for (layer_ = 0; layer_ < rank_.layers; ++layer_) {
      // The first layer's residual is the embedding itself: nothing is added.
      norm(layer_ == 0 ? 2 : 4, tokens_);
      attention();
      norm(4, tokens_);
      mlp();
    }
    layer_ = StepOp::kNoLayer;
    if (shape_.last_chunk) head();
    return std::move(ops_);
  }

 private:
  /// An operation that reads and writes `elements` of each row.
  void rows(LaunchOp op, std::int64_t count, std::int64_t elements) {
    ops_.push_back({.op = op,
                    .layer = layer_,
                    .rows = count,
                    .bytes = checked_product(count, kElementBytes * elements, kBytes)});
  }

  void gemm(LaunchOp op, std::int64_t m, std::int64_t n, std::int64_t k) {
    ops_.push_back({.op = op, .layer = layer_, .gemm = {.m = m, .n = n, .k = k}});
  }

  /// 2: reads a row and writes it normed. 4: reads the residual too, and writes the sum.
  void norm(std::int64_t passes, std::int64_t count) {
    rows(LaunchOp::rms_norm, count, passes * rank_.hidden_size);
  }

  /// Partial sums of a product whose k is divided among the ranks.
  void reduce() {
    if (shape_.ranks == 1) return;
    ops_.push_back({.op = LaunchOp::all_reduce,
                    .layer = layer_,
                    .bytes = checked_product(tokens_, kElementBytes * rank_.hidden_size, kBytes)});
  }

  void attention() {
    AttentionShape const& heads = rank_.attention;
    std::int64_t const q = std::int64_t{heads.q_heads} * heads.head_dim;
    std::int64_t const qkv = q + std::int64_t{2} * heads.kv_heads * heads.head_dim;
    gemm(LaunchOp::qkv_gemm, tokens_, qkv, rank_.hidden_size);
    rows(LaunchOp::rope_append, tokens_, 2 * qkv);
    if (shape_.routed && shape_.phase == Phase::prefill) route();
    tiles(shape_.phase == Phase::prefill ? LaunchOp::prefill : LaunchOp::decode);
    gemm(LaunchOp::out_gemm, tokens_, rank_.hidden_size, q);
    reduce();
  }

  /// What both launches move follows from the requests, not from the gates.
  void route() {
    AttentionShape const& heads = rank_.attention;
    std::int64_t pooled = 0;
    std::int64_t q_blocks = 0;
    for (auto const& [q_len, kv_len] : shape_.sequences) {
      pooled += 2 * std::min(q_len, kRouterPoolTokens);
      q_blocks += blocks_of(q_len);
    }
    std::int64_t const q = std::int64_t{heads.q_heads} * heads.head_dim;
    ops_.push_back({.op = LaunchOp::router,
                    .layer = layer_,
                    .rows = requests_,
                    .bytes = checked_product(pooled, kElementBytes * q, kBytes)});
    std::int64_t const tile_bytes = op_row(LaunchOp::plan_gpu).block_bytes(heads, shape_.phase);
    ops_.push_back({.op = LaunchOp::plan_gpu,
                    .layer = layer_,
                    .rows = requests_,
                    .bytes = checked_product(q_blocks * heads.q_heads, tile_bytes, kBytes)});
  }

  void tiles(LaunchOp op) { ops_.push_back({.op = op, .layer = layer_}); }

  void mlp() {
    std::int64_t const inner = rank_.intermediate_size;
    gemm(LaunchOp::gate_up_gemm, tokens_, 2 * inner, rank_.hidden_size);
    rows(LaunchOp::silu_mul, tokens_, 3 * inner);
    gemm(LaunchOp::down_gemm, tokens_, rank_.hidden_size, inner);
    reduce();
  }

  void head() {
    norm(4, requests_);
    gemm(LaunchOp::lm_head_gemm, requests_, rank_.vocab_size, rank_.hidden_size);
    rows(LaunchOp::greedy_token, requests_, rank_.vocab_size);
  }

  Model rank_;
  StepShape const& shape_;
  std::int64_t tokens_;
  std::int64_t requests_;
  std::int32_t layer_ = StepOp::kNoLayer;
  std::vector<StepOp> ops_;
};

}  // namespace

std::vector<StepOp> make_step(Model const& model, StepShape const& shape) {
  if (model.experts > 0) {
    throw InputError(
        fmt::format("{} has {} experts in a layer (steps are planned for models with one "
                    "dense MLP a layer) choose such a model",
                    model.name, model.experts));
  }
  expect_equal_heads(model, model.name, "steps are planned for layers that are alike");
  expect_whole_units(rank_of(model, shape.ranks), shape.ranks);
  return StepMaker(model, shape).make();
}

}  // namespace fluxscope::plan

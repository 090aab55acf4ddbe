#pragma once
// A whole step as data: everything that one GPU launches for a prefill, a chunk of one, or a token
// of each request of a batch.

#include <cstdint>
#include <vector>

#include "plan/decisions/model.hpp"
#include "plan/layer/layer_plan.hpp"
#include "plan/step/step_op.hpp"

namespace fluxscope::plan {

struct StepShape {
  Phase phase = Phase::prefill;
  std::vector<SequenceShape> sequences;  ///< [batch]; q_len below kv_len: a chunk, or decode
  bool last_chunk = true;                ///< logits of each request's last token are wanted
  bool routed = false;     ///< prefill: a router chooses each layer's gate, plan_gpu acts on it
  std::int32_t ranks = 1;  ///< of the tensor-parallel group
};

/// The operations of a decoder-only transformer with RMSNorm, rotary embedding and SwiGLU (Llama,
/// Qwen3), in stream order, on one rank: embedding; per layer norm, QKV, rope and append, router
/// and plan_gpu, attention, output projection, norm, MLP; last norm, LM head, greedy token. The
/// embedding is held whole by every rank. Throws InputError for a model with experts, for sizes
/// that no rank has (see rank_of) or whose rows are no whole units of 16 bytes, or lengths outside
/// 0 < q_len <= kv_len <= kMaxTokens (decode: q_len = 1).
[[nodiscard]] std::vector<StepOp> make_step(Model const& model, StepShape const& shape);

}  // namespace fluxscope::plan

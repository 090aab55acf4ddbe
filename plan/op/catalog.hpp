#pragma once
// What is true of an operation whoever runs it: one row each. A new operation is a value of
// LaunchOp and its row.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "plan/op/attention_shape.hpp"
#include "plan/op/phase.hpp"

namespace fluxscope::plan {

/// What one launch does; the catalog's rows are in this order.
enum class LaunchOp : std::uint8_t {
  gather_kv,     ///< copies selected KV blocks into a cache of their own
  prefill,       ///< attention of blocks of queries
  decode,        ///< attention of one query per request, KV split over CTAs
  combine,       ///< merges the partial results of split rows
  xattn_score,   ///< XAttention's block scores
  xattn_select,  ///< block lists from block scores
  router,        ///< Flux Attention's Layer Router: a gate per request
  plan_gpu,      ///< the tile table of a prefill launch from a choice made on the GPU
  embedding,     ///< rows of the embedding table
  rms_norm,      ///< RMSNorm, with the sum of the residual and the branch before it
  qkv_gemm,      ///< Q, K and V of a layer in one product
  rope_append,   ///< norms of Q and K heads (Qwen3), rotary embedding, K and V into the cache
  out_gemm,      ///< the attention's output projection
  gate_up_gemm,  ///< both branches of the MLP in one product
  silu_mul,      ///< SiLU of one branch times the other
  down_gemm,     ///< the MLP's output
  lm_head_gemm,  ///< logits
  greedy_token,  ///< the largest logit of each row
  all_reduce,    ///< sum over the ranks of a tensor-parallel group
};

/// What an operation's work is made of.
enum class OpForm : std::uint8_t {
  tiles,       ///< a WorkList
  gemm,        ///< one product of activations and weights
  rows,        ///< each row by itself, at the memory's speed
  collective,  ///< an exchange of the ranks
};

/// What bounds an operation where enough CTAs run, and so which of them share a rate: those of an
/// SM its tensor cores, all of the device its memory.
enum class OpLimit : std::uint8_t { sm_compute, device_memory };

/// What a launch's time counts as. `other`: it serves the tiling of the launch before it, or is no
/// part of attention.
enum class CountedAs : std::uint8_t { attention, selection, other };

/// Which tensor core instruction a kernel multiplies with: mma.sync runs on every GPU, wgmma on
/// compute capability 9.0 alone.
enum class MatrixInstruction : std::uint8_t { mma_sync, wgmma };

/// A kernel of this program.
struct OpKernel {
  std::string_view name;
  MatrixInstruction instruction = MatrixInstruction::mma_sync;
};

/// The kernels that run a prefill launch, in the order of the catalog's row.
enum class PrefillKernel : std::uint8_t { prefill_mma, prefill_wgmma };

/// One operation. A block is the unit that a tile's length counts:
///   gather_kv             a KV head's block of kBlockTokens tokens, read and written
///   prefill, xattn_score  a (query block, KV block) pair of one query head
///   decode                a KV head's block, for all query heads of its group
///   combine               a partial result: of a group in decode, of a query block in prefill
///   xattn_select          a block score
///   plan_gpu              a tile
/// A router's work does not grow with any block: both are 0. So they are for forms other than
/// tiles: the work of those is in plan/step/step_op.hpp.
struct OpRow {
  LaunchOp op = LaunchOp::prefill;
  std::string_view name;  ///< in traces, device profiles and messages
  OpForm form = OpForm::tiles;
  std::optional<Phase> phase;  ///< none: both
  OpLimit limit = OpLimit::device_memory;
  /// Multiplications and additions of matrix products and merges; softmax is not counted.
  std::int64_t (*block_flop)(AttentionShape const&, Phase) = nullptr;
  /// Bytes that the block's tile moves to or from memory for it, whatever a cache saves; queries,
  /// outputs and page tables are not counted.
  std::int64_t (*block_bytes)(AttentionShape const&, Phase) = nullptr;
  bool splits = false;  ///< a row's tiles may be pieces that write partial results
  CountedAs counted_as = CountedAs::other;
  std::span<OpKernel const> kernels;  ///< of this program (a profile may name others); or none
};

[[nodiscard]] std::span<OpRow const> op_catalog();
[[nodiscard]] OpRow const& op_row(LaunchOp op);
/// The operation of that name, if there is one.
[[nodiscard]] std::optional<LaunchOp> find_op(std::string_view name);

}  // namespace fluxscope::plan

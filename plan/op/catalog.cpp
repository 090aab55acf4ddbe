#include "plan/op/catalog.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/error.hpp"

namespace fluxscope::plan {
namespace {

using Shape = AttentionShape const&;

constexpr std::int64_t kBlock = kBlockTokens;
constexpr std::int64_t kFloatBytes = 4;
constexpr std::int64_t kTileBytes = 32;
constexpr std::int64_t kXattnStride = 16;  // of arXiv 2503.16428 and of the kernel's default

std::int64_t none(Shape, Phase) { return 0; }

/// Query rows that one tile's block is for.
std::int64_t query_rows(Shape shape, Phase phase) {
  return phase == Phase::prefill ? kBlock : shape.q_heads / shape.kv_heads;
}

/// Q K^T and P V: two products of 2 x rows x block x head_dim.
std::int64_t attention_flop(Shape shape, Phase phase) {
  return 4 * query_rows(shape, phase) * kBlock * shape.head_dim;
}

std::int64_t read_kv(Shape shape, Phase) { return kv_block_bytes(shape); }
std::int64_t copy_kv(Shape shape, Phase) { return 2 * kv_block_bytes(shape); }

std::int64_t merge_flop(Shape shape, Phase phase) {
  return 2 * query_rows(shape, phase) * shape.head_dim;
}

std::int64_t read_partial(Shape shape, Phase phase) {
  return kFloatBytes * query_rows(shape, phase) * shape.head_dim;
}

/// Products of groups of kXattnStride tokens, each of kXattnStride x head_dim.
std::int64_t score_flop(Shape shape, Phase) {
  return 2 * kBlock * kBlock / kXattnStride * shape.head_dim;
}
std::int64_t read_k(Shape shape, Phase) { return kv_block_bytes(shape) / 2; }
std::int64_t read_score(Shape, Phase) { return kFloatBytes; }
std::int64_t write_tile(Shape, Phase) { return kTileBytes; }

constexpr std::array kGatherKv = {OpKernel{"gather_kv"}};
constexpr std::array kPrefill = {OpKernel{"prefill_mma"},
                                 OpKernel{"prefill_wgmma", MatrixInstruction::wgmma}};
constexpr std::array kDecode = {OpKernel{"decode_split"}};
constexpr std::array kCombine = {OpKernel{"combine"}};
constexpr std::array kXattnScore = {OpKernel{"xattn_score"},
                                    OpKernel{"xattn_score_wgmma", MatrixInstruction::wgmma}};
constexpr std::array kXattnSelect = {OpKernel{"xattn_select"}};
constexpr std::array kRouter = {OpKernel{"router"}};
constexpr std::array kPlanGpu = {OpKernel{"plan_gpu"}};

/// An operation that is no attention's: its work is not in tiles.
constexpr OpRow dense(LaunchOp op, std::string_view name, OpForm form, OpLimit limit) {
  return {.op = op,
          .name = name,
          .form = form,
          .limit = limit,
          .block_flop = none,
          .block_bytes = none,
          .counted_as = CountedAs::other};
}
constexpr OpRow gemm(LaunchOp op, std::string_view name) {
  return dense(op, name, OpForm::gemm, OpLimit::sm_compute);
}
constexpr OpRow rows(LaunchOp op, std::string_view name) {
  return dense(op, name, OpForm::rows, OpLimit::device_memory);
}

constexpr std::array kRows = {
    OpRow{.op = LaunchOp::gather_kv,
          .name = "gather_kv",
          .limit = OpLimit::device_memory,
          .block_flop = none,
          .block_bytes = copy_kv,
          .counted_as = CountedAs::selection,
          .kernels = kGatherKv},
    OpRow{.op = LaunchOp::prefill,
          .name = "prefill",
          .phase = Phase::prefill,
          .limit = OpLimit::sm_compute,
          .block_flop = attention_flop,
          .block_bytes = read_kv,
          .splits = true,
          .counted_as = CountedAs::attention,
          .kernels = kPrefill},
    OpRow{.op = LaunchOp::decode,
          .name = "decode",
          .phase = Phase::decode,
          .limit = OpLimit::device_memory,
          .block_flop = attention_flop,
          .block_bytes = read_kv,
          .splits = true,
          .counted_as = CountedAs::attention,
          .kernels = kDecode},
    OpRow{.op = LaunchOp::combine,
          .name = "combine",
          .limit = OpLimit::device_memory,
          .block_flop = merge_flop,
          .block_bytes = read_partial,
          .counted_as = CountedAs::other,
          .kernels = kCombine},
    OpRow{.op = LaunchOp::xattn_score,
          .name = "xattn_score",
          .phase = Phase::prefill,
          .limit = OpLimit::sm_compute,
          .block_flop = score_flop,
          .block_bytes = read_k,
          .counted_as = CountedAs::selection,
          .kernels = kXattnScore},
    OpRow{.op = LaunchOp::xattn_select,
          .name = "xattn_select",
          .phase = Phase::prefill,
          .limit = OpLimit::device_memory,
          .block_flop = none,
          .block_bytes = read_score,
          .counted_as = CountedAs::selection,
          .kernels = kXattnSelect},
    OpRow{.op = LaunchOp::router,
          .name = "router",
          .phase = Phase::prefill,
          .limit = OpLimit::device_memory,
          .block_flop = none,
          .block_bytes = none,
          .counted_as = CountedAs::selection,
          .kernels = kRouter},
    OpRow{.op = LaunchOp::plan_gpu,
          .name = "plan_gpu",
          .phase = Phase::prefill,
          .limit = OpLimit::device_memory,
          .block_flop = none,
          .block_bytes = write_tile,
          .counted_as = CountedAs::selection,
          .kernels = kPlanGpu},
    rows(LaunchOp::embedding, "embedding"),
    rows(LaunchOp::rms_norm, "rms_norm"),
    gemm(LaunchOp::qkv_gemm, "qkv_gemm"),
    rows(LaunchOp::rope_append, "rope_append"),
    gemm(LaunchOp::out_gemm, "out_gemm"),
    gemm(LaunchOp::gate_up_gemm, "gate_up_gemm"),
    rows(LaunchOp::silu_mul, "silu_mul"),
    gemm(LaunchOp::down_gemm, "down_gemm"),
    gemm(LaunchOp::lm_head_gemm, "lm_head_gemm"),
    rows(LaunchOp::greedy_token, "greedy_token"),
    dense(LaunchOp::all_reduce, "all_reduce", OpForm::collective, OpLimit::device_memory),
};

constexpr bool in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].op != static_cast<LaunchOp>(i)) return false;
  }
  return true;
}
static_assert(in_order(), "op_row() finds a row by its operation's value");

}  // namespace

std::span<OpRow const> op_catalog() { return kRows; }

OpRow const& op_row(LaunchOp op) {
  auto const index = static_cast<std::size_t>(op);
  expects(index < kRows.size(), "an operation has a row in the catalog");
  return kRows[index];
}

std::optional<LaunchOp> find_op(std::string_view name) {
  auto const row =
      std::find_if(kRows.begin(), kRows.end(), [&](OpRow const& one) { return one.name == name; });
  if (row == kRows.end()) return std::nullopt;
  return row->op;
}

}  // namespace fluxscope::plan

#include "tests/bench/dense/small_op_list.hpp"

#include <algorithm>
#include <memory>

#include "base/random.hpp"
#include "kernels/dense/embedding/launch.hpp"
#include "kernels/dense/greedy_token/launch.hpp"
#include "kernels/dense/rms_norm/launch.hpp"
#include "kernels/dense/rope_append/frequency.hpp"
#include "kernels/dense/rope_append/launch.hpp"
#include "kernels/dense/silu_mul/launch.hpp"
#include "tests/bench/kernels/decode.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::bench {
namespace {

using testing::DeviceArray;

constexpr std::int32_t kHidden = 4096;
constexpr std::int32_t kIntermediate = 14336;
constexpr std::int32_t kVocabulary = 128256;
constexpr std::int32_t kQueryHeads = 32;
constexpr std::int32_t kKvHeads = 8;
constexpr std::int32_t kHeadDim = 128;
constexpr std::int32_t kPageTokens = 16;
constexpr std::int64_t kElementBytes = 2;

/// Rows that move about `bytes` where one moves `elements`.
std::int32_t rows_of(std::int64_t bytes, std::int64_t elements) {
  return static_cast<std::int32_t>(std::max<std::int64_t>(1, bytes / (elements * kElementBytes)));
}

SmallOp small_op(std::string name, std::int64_t rows, std::int64_t elements) {
  return {.name = std::move(name), .rows = rows, .bytes = rows * elements * kElementBytes};
}

std::shared_ptr<DeviceArray<__nv_bfloat16>> random_numbers(std::size_t count) {
  auto numbers = std::make_shared<DeviceArray<__nv_bfloat16>>(count);
  fill_normal(numbers->get(), count, 5);
  FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
  return numbers;
}

SmallOp norm(char const* name, bool residual, std::int64_t bytes) {
  std::int64_t const elements = (residual ? 4 : 2) * kHidden;
  std::int32_t const rows = rows_of(bytes, elements);
  SmallOp op = small_op(name, rows, elements);
  op.launch = [=, weight = random_numbers(kHidden)](__nv_bfloat16* memory, bool early,
                                                    cudaStream_t stream) {
    std::int64_t const size = std::int64_t{rows} * kHidden;
    kernels::RmsNormParams params;
    params.x = memory;
    params.residual = residual ? memory + 2 * size : nullptr;
    params.weight = weight->get();
    params.y = memory + size;
    params.rows = rows;
    params.hidden = kHidden;
    params.eps = 1e-5f;
    kernels::launch_rms_norm(params, {.early = early}, stream);
  };
  return op;
}

/// One sequence from its first token on, in a cache of its size.
struct RopeTables {
  explicit RopeTables(std::int32_t tokens)
      : frequency(kernels::rope_frequency(kHeadDim, 500000, kernels::Llama3Scaling{})),
        sequence(std::vector<kernels::SequenceParams>{
            {.q_len = tokens,
             .kv_len = tokens,
             .kv_head_stride = std::int64_t{tokens} * kHeadDim}}),
        pages_per_head((tokens + kPageTokens - 1) / kPageTokens) {
    std::vector<std::int32_t> pages(static_cast<std::size_t>(pages_per_head) * kKvHeads);
    for (std::size_t i = 0; i < pages.size(); ++i) pages[i] = static_cast<std::int32_t>(i);
    Random random(9);
    shuffle(std::span(pages), random);
    table = DeviceArray(pages);
  }

  DeviceArray<float> frequency;
  DeviceArray<kernels::SequenceParams> sequence;
  std::int32_t pages_per_head;
  DeviceArray<std::int32_t> table;
};

SmallOp rope(char const* name, bool norms, bool paged, std::int64_t bytes) {
  constexpr std::int64_t kRow = std::int64_t{kQueryHeads + 2 * kKvHeads} * kHeadDim;
  std::int32_t const tokens = rows_of(bytes, 2 * kRow);
  SmallOp op = small_op(name, tokens, 2 * kRow);
  op.launch = [=, tables = std::make_shared<RopeTables>(tokens), weight = random_numbers(kHeadDim)](
                  __nv_bfloat16* memory, bool early, cudaStream_t stream) {
    // QKV, Q, K and V after one another; K and V in whole pages.
    std::int64_t const kv =
        std::int64_t{tables->pages_per_head} * kPageTokens * kKvHeads * kHeadDim;
    __nv_bfloat16* const q = memory + tokens * kRow;
    __nv_bfloat16* const k = q + std::int64_t{tokens} * kQueryHeads * kHeadDim;
    kernels::RopeAppendParams params;
    params.qkv = memory;
    params.q_weight = params.k_weight = norms ? weight->get() : nullptr;
    params.frequency = tables->frequency.get();
    params.sequences = tables->sequence.get();
    params.q = q;
    params.cache = {.k = k,
                    .v = k + kv,
                    .token_stride = kHeadDim,
                    .page_table = paged ? tables->table.get() : nullptr,
                    .page_tokens = kPageTokens,
                    .pages_per_head = tables->pages_per_head};
    params.tokens = tokens;
    params.batch = 1;
    params.q_heads = kQueryHeads;
    params.kv_heads = kKvHeads;
    params.head_dim = kHeadDim;
    params.eps = 1e-6f;
    kernels::launch_rope_append(params, {.early = early}, stream);
  };
  return op;
}

SmallOp silu(std::int64_t bytes) {
  std::int32_t const tokens = rows_of(bytes, 3 * kIntermediate);
  SmallOp op = small_op("silu_mul", tokens, 3 * kIntermediate);
  op.launch = [=](__nv_bfloat16* memory, bool early, cudaStream_t stream) {
    kernels::SiluMulParams params;
    params.gate_up = memory;
    params.y = memory + std::int64_t{tokens} * 2 * kIntermediate;
    params.tokens = tokens;
    params.intermediate = kIntermediate;
    kernels::launch_silu_mul(params, {.early = early}, stream);
  };
  return op;
}

SmallOp embedding(std::int64_t bytes, EmbeddingTable const& table) {
  std::int32_t const rows = rows_of(bytes, 2 * kHidden);
  SmallOp op = small_op("embedding", rows, 2 * kHidden);
  std::vector<std::int32_t> ids;
  Random random(8);
  for (std::int32_t i = 0; i < rows; ++i) {
    ids.push_back(static_cast<std::int32_t>(random.below(kVocabulary)));
  }
  op.launch = [=, &table, tokens = std::make_shared<DeviceArray<std::int32_t>>(ids)](
                  __nv_bfloat16* memory, bool early, cudaStream_t stream) {
    kernels::EmbeddingParams params;
    params.tokens = tokens->get();
    params.table = table.data();
    params.y = memory;
    params.rows = rows;
    params.vocab_size = kVocabulary;
    params.hidden = kHidden;
    kernels::launch_embedding(params, {.early = early}, stream);
  };
  return op;
}

SmallOp greedy(std::int64_t bytes) {
  std::int32_t const rows = rows_of(bytes, kVocabulary);
  SmallOp op = small_op("greedy_token", rows, kVocabulary);
  auto const count = static_cast<std::size_t>(rows);
  op.launch = [=, tokens = std::make_shared<DeviceArray<std::int32_t>>(count),
               workspace = std::make_shared<DeviceArray<std::uint8_t>>(
                   std::vector<std::uint8_t>(kernels::greedy_token_workspace_bytes(rows), 0))](
                  __nv_bfloat16* memory, bool early, cudaStream_t stream) {
    kernels::GreedyTokenParams params;
    params.logits = memory;
    params.rows = rows;
    params.vocab_size = params.row_stride = kVocabulary;
    params.tokens = tokens->get();
    params.workspace = workspace->get();
    kernels::launch_greedy_token(params, {.early = early}, stream);
  };
  return op;
}

}  // namespace

EmbeddingTable::EmbeddingTable() : table_(std::size_t{kVocabulary} * kHidden) {
  fill_normal(table_.data(), table_.count(), 3);
}

std::vector<SmallOp> small_ops(std::int64_t bytes, EmbeddingTable const& table) {
  return {norm("rms_norm", false, bytes),
          norm("rms_norm with residual", true, bytes),
          rope("rope_append", false, false, bytes),
          rope("rope_append, pages of 16", false, true, bytes),
          rope("rope_append with head norms", true, false, bytes),
          silu(bytes),
          embedding(bytes, table),
          greedy(bytes)};
}

}  // namespace fluxscope::bench

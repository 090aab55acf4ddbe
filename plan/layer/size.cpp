#include "plan/layer/size.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/limits.hpp"

namespace fluxscope::plan {
namespace {

std::int64_t blocks(std::int64_t tokens) { return (tokens + kBlockTokens - 1) / kBlockTokens; }

}  // namespace

std::int64_t tile_rows(BatchSize const& size) {
  bool const prefill = size.phase == Phase::prefill;
  return size.requests * (prefill ? size.shape.q_heads : size.shape.kv_heads) * blocks(size.q_len);
}

std::int64_t kv_blocks(BatchSize const& size) {
  return size.requests * size.shape.kv_heads * blocks(size.kv_len);
}

void expect_plannable(BatchSize const& size, std::int64_t layers, std::string const& where) {
  std::string const batch =
      fmt::format("{}: a batch of {} with {} tokens", where, size.requests, size.kv_len);
  if (std::int64_t const count = kv_blocks(size); count > limits::kKvBlocks) {
    throw InputError(fmt::format(
        "{} has {} K/V blocks of {} tokens in a layer, {:.3g} TB (at most {} blocks are planned) "
        "lower batches or kv_lens_tokens",
        batch, count, kBlockTokens,
        static_cast<double>(count) * static_cast<double>(kv_block_bytes(size.shape)) / 1e12,
        limits::kKvBlocks));
  }
  if (std::int64_t const count = tile_rows(size); count > limits::kTileRows) {
    throw InputError(fmt::format(
        "{} and {} query heads has {} rows of tiles in a layer (at most {} are planned) lower "
        "batches or the tokens",
        batch, size.shape.q_heads, count, limits::kTileRows));
  }
  if (std::int64_t const count = size.requests * size.shape.q_heads * layers;
      count > limits::kSelections) {
    throw InputError(
        fmt::format("{}: a batch of {} with {} query heads in {} layers has {} selections (at most "
                    "{} are held) "
                    "lower batches",
                    where, size.requests, size.shape.q_heads, layers, count, limits::kSelections));
  }
}

}  // namespace fluxscope::plan

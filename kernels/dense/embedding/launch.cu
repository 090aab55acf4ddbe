#include "kernels/dense/embedding/launch.hpp"

#include <limits>

#include "kernels/dense/check.hpp"
#include "kernels/dense/embedding/kernel.cuh"
#include "kernels/dense/grid.hpp"
#include "kernels/device/variant.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "embedding";

using EmbeddingVariant = Variant<0, EmbeddingParams>;

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{
      EmbeddingVariant{{}, kProbe, lookup::embedding_kernel<kProbe>, kChunkThreads}...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

void check(EmbeddingParams const& params) {
  check_size(params.hidden, kPieceElements, 1 << 28, kWhere, "hidden");
  check_size(params.vocab_size, 1, std::numeric_limits<std::int32_t>::max(), kWhere, "vocab_size");
  check_row_count(params.rows, kWhere, "rows");
  if (params.rows == 0) return;
  require(params.tokens != nullptr, kWhere,
          "tokens is null (it says which rows to read) pass device memory");
  check_pointer(params.table, kWhere, "table");
  check_pointer(params.y, kWhere, "y");
}

}  // namespace

void launch_embedding(EmbeddingParams const& params, RowsTuning const& tuning,
                      cudaStream_t stream) {
  check(params);
  if (params.rows == 0) return;
  std::int32_t const grid =
      grid_of_rows(params.rows, chunks_of(params.hidden / kPieceElements), kWhere);
  enqueue(find_variant(kVariants, kWhere, {}, tuning.probe),
          {.grid_ctas = grid, .stream = stream, .early = tuning.early}, params);
}

KernelFacts embedding_facts(ProbeLevel probe) {
  return kernel_facts(find_variant(kVariants, kWhere, {}, probe), kWhere);
}

}  // namespace fluxscope::kernels

#include "kernels/dense/silu_mul/launch.hpp"

#include "kernels/dense/check.hpp"
#include "kernels/dense/grid.hpp"
#include "kernels/dense/silu_mul/kernel.cuh"
#include "kernels/device/variant.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "silu_mul";

using SiluVariant = Variant<0, SiluMulParams>;

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{SiluVariant{{}, kProbe, silu::silu_mul_kernel<kProbe>, kChunkThreads}...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

void check(SiluMulParams const& params) {
  check_size(params.intermediate, kPieceElements, 1 << 28, kWhere, "intermediate");
  check_row_count(params.tokens, kWhere, "tokens");
  if (params.tokens == 0) return;
  check_pointer(params.gate_up, kWhere, "gate_up");
  check_pointer(params.y, kWhere, "y");
}

}  // namespace

void launch_silu_mul(SiluMulParams const& params, RowsTuning const& tuning, cudaStream_t stream) {
  check(params);
  if (params.tokens == 0) return;
  std::int32_t const grid =
      grid_of_rows(params.tokens, chunks_of(params.intermediate / kPieceElements), kWhere);
  enqueue(find_variant(kVariants, kWhere, {}, tuning.probe),
          {.grid_ctas = grid, .stream = stream, .early = tuning.early}, params);
}

KernelFacts silu_mul_facts(ProbeLevel probe) {
  return kernel_facts(find_variant(kVariants, kWhere, {}, probe), kWhere);
}

}  // namespace fluxscope::kernels

#include "tests/bench/prefill_variants.hpp"

#include "kernels/kernel_facts.hpp"
#include "kernels/prefill_mma_kernel.cuh"

namespace fluxscope::bench {
namespace {

template <class Shape>
PrefillSubject subject(char const* name) {
  auto* const kernel = kernels::mma::prefill_mma_kernel<Shape, kernels::ProbeLevel::off>;
  return {
      name,
      kernels::kernel_facts(reinterpret_cast<void const*>(kernel), name, Shape::kThreads,
                            Shape::kSmemBytes),
      [kernel](kernels::AttentionParams const& params, kernels::ProbeLevel, cudaStream_t stream) {
        kernels::launch_tiles(kernel, params.work, Shape::kThreads, Shape::kSmemBytes, stream,
                              params);
      },
      false};
}

}  // namespace

// Names: rows a warp x sub-tile tokens, where the queries lie, CTAs per SM, order of the products.
std::vector<PrefillSubject> prefill_variants(std::int32_t head_dim) {
  using kernels::mma::PrefillShape;
  if (head_dim == 128) {
    return {subject<PrefillShape<128, 2, 32, false, 2>>("32x32 smem 2 overlap"),
            subject<PrefillShape<128, 2, 64, false, 2, false>>("32x64 smem 2 in turn"),
            subject<PrefillShape<128, 1, 64, false, 1>>("16x64 smem 1 overlap"),
            subject<PrefillShape<128, 1, 64, true, 1>>("16x64 regs 1 overlap"),
            subject<PrefillShape<128, 1, 128, false, 1, false>>("16x128 smem 1 in turn")};
  }
  return {subject<PrefillShape<64, 2, 64, false, 2>>("32x64 smem 2 overlap"),
          subject<PrefillShape<64, 2, 64, false, 3, false>>("32x64 smem 3 in turn"),
          subject<PrefillShape<64, 2, 32, true, 2>>("32x32 regs 2 overlap"),
          subject<PrefillShape<64, 1, 64, true, 2>>("16x64 regs 2 overlap")};
}

}  // namespace fluxscope::bench

#include "kernels/dense/rms_norm/launch.hpp"

#include "kernels/dense/check.hpp"
#include "kernels/dense/rms_norm/kernel.cuh"
#include "kernels/device/variant.hpp"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "rms_norm";

using NormVariant = Variant<1, RmsNormParams>;  // of a number of threads

template <int kThreads, ProbeLevel kProbe>
constexpr NormVariant variant() {
  return {{kThreads}, kProbe, norm::rms_norm_kernel<kThreads, kProbe>, kThreads};
}

template <ProbeLevel... kProbe>
constexpr auto variants() {
  return std::array{variant<128, kProbe>()..., variant<256, kProbe>()..., variant<512, kProbe>()...,
                    variant<1024, kProbe>()...};
}
constexpr auto kVariants = variants<ProbeLevel::off, ProbeLevel::l0>();

/// The fewest threads that hold a row.
NormVariant const& pick(std::int32_t hidden, ProbeLevel probe) {
  check_size(hidden, kPieceElements, kMostNormHidden, kWhere, "hidden");
  std::int32_t threads = 128;
  while (threads * norm::kLoads * kPieceElements < hidden) threads *= 2;
  return find_variant(kVariants, kWhere, {threads}, probe);
}

void check(RmsNormParams const& params) {
  check_size(params.hidden, kPieceElements, kMostNormHidden, kWhere, "hidden");
  check_row_count(params.rows, kWhere, "rows");
  check_eps(params.eps, kWhere);
  if (params.rows == 0) return;
  check_pointer(params.x, kWhere, "x");
  check_pointer(params.weight, kWhere, "weight");
  check_pointer(params.y, kWhere, "y");
  if (params.residual != nullptr) check_pointer(params.residual, kWhere, "residual");
  require(params.y != params.residual, kWhere,
          "y is residual (the sum stays there for the next norm) give y memory of its own");
  require(params.source_rows == nullptr || params.y != params.x, kWhere,
          "y is x with source_rows (a row would be written before it is read) give y memory of "
          "its own");
}

}  // namespace

void launch_rms_norm(RmsNormParams const& params, RowsTuning const& tuning, cudaStream_t stream) {
  check(params);
  if (params.rows == 0) return;
  enqueue(pick(params.hidden, tuning.probe),
          {.grid_ctas = params.rows, .stream = stream, .early = tuning.early}, params);
}

KernelFacts rms_norm_facts(std::int32_t hidden, ProbeLevel probe) {
  return kernel_facts(pick(hidden, probe), kWhere);
}

}  // namespace fluxscope::kernels

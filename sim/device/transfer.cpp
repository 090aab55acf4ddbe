#include "sim/device/transfer.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace fluxscope::sim {
namespace {

double ratio(std::int64_t numerator, std::int64_t denominator) {
  return static_cast<double>(numerator) / static_cast<double>(denominator);
}

KernelCost scaled(KernelProfile const& kernel, TransferRatios const& ratios) {
  KernelCost cost = kernel.cost;
  for (double KernelCost::*fixed : {&KernelCost::cta_dispatch_ns, &KernelCost::cta_start_ns,
                                    &KernelCost::tile_ns, &KernelCost::split_ns}) {
    cost.*fixed *= ratios.clock;
  }
  bool const compute = plan::op_row(kernel.op).limit == plan::OpLimit::sm_compute;
  double const per_sm = ratios.sm_compute[static_cast<std::size_t>(kernel.instruction)];
  if (compute) cost.block_ns *= per_sm;
  cost.shared_block_ns *= compute ? per_sm : ratios.memory;
  cost.group_block_ns *= ratios.clock;
  return cost;
}

}  // namespace

TransferRatios transfer_ratios(DeviceSpec const& from, DeviceSpec const& to) {
  using plan::MatrixInstruction;
  double const sms = ratio(to.sm_count, from.sm_count);
  auto const compute = [&](MatrixInstruction by) {
    return ratio(from.matrix_flop_per_s(by), to.matrix_flop_per_s(by)) * sms;
  };
  return {.clock = ratio(from.sm_clock_max_hz, to.sm_clock_max_hz),
          .sm_compute = {compute(MatrixInstruction::mma_sync), compute(MatrixInstruction::wgmma)},
          .memory = ratio(from.hbm_bytes_per_s, to.hbm_bytes_per_s)};
}

std::int32_t resident_ctas(KernelProfile const& kernel, DeviceSpec const& spec) {
  expects(kernel.threads_per_cta >= 1, "a kernel has threads");
  std::int64_t const warps = (kernel.threads_per_cta + 31) / 32;
  std::int64_t const warp_registers = (kernel.registers_per_thread * 32 + 255) / 256 * 256;
  std::int64_t ctas = std::min<std::int64_t>(32, spec.max_threads_per_sm / (warps * 32));
  if (warp_registers > 0) {
    ctas = std::min(ctas, spec.registers_per_sm / (warps * warp_registers));
  }
  ctas = std::min(ctas, spec.smem_per_sm_bytes / (kernel.smem_bytes + 1024));
  return static_cast<std::int32_t>(std::max<std::int64_t>(1, ctas));
}

DeviceProfile transfer(DeviceProfile const& from, DeviceSpec const& to, double spread_ratio) {
  expects(spread_ratio >= 0, "a spread is not negative");
  for (KernelProfile const& kernel : from.kernels) {
    bool const compute = plan::op_row(kernel.op).limit == plan::OpLimit::sm_compute;
    if (!compute || kernel.instruction != plan::MatrixInstruction::wgmma || to.cc_major == 9) {
      continue;
    }
    throw InputError("transfer to " + to.name + ": the fit is of " + kernel.name + " (wgmma is " +
                     "code for compute capability 9.0 alone) calibrate with a trace of a kernel " +
                     "for every GPU, e.g. prefill_mma");
  }
  TransferRatios const ratios = transfer_ratios(from.spec, to);
  DeviceProfile profile = from;
  profile.spec = to;
  profile.provenance = "transferred";
  profile.made_from = from.spec.name + " by ratios of specifications";
  profile.step = {};  // measured points of another GPU and its host: no ratio of data sheets holds
  if (from.spec.chip != to.chip || from.spec.sm_count != to.sm_count) profile.chip = {};
  // Intervals and errors are those of the fit to the other GPU.
  profile.notes.clear();
  profile.held_out.clear();
  profile.launch_ns *= ratios.clock;
  profile.launch_gap_ns *= ratios.clock;
  for (KernelProfile& kernel : profile.kernels) {
    kernel.cost = scaled(kernel, ratios);
    if (!profile.chip.known()) kernel.cost.group_block_ns = 0;  // nobody has looked at its paths
    kernel.ctas_per_sm = resident_ctas(kernel, to);
    // A kernel that was alone on its SM has one rate; with company the SM is shared at that rate.
    bool const joined = kernel.ctas_per_sm > 1 && kernel.cost.shared_block_ns == 0;
    bool const on_sm = plan::op_row(kernel.op).limit == plan::OpLimit::sm_compute;
    if (on_sm && joined) kernel.cost.shared_block_ns = kernel.cost.block_ns;
  }
  for (PhaseEvidence& evidence : profile.evidence) {
    for (double* low : {&evidence.low_ratio, &evidence.beyond_low_ratio}) *low /= 1 + spread_ratio;
    for (double* high : {&evidence.high_ratio, &evidence.beyond_high_ratio}) {
      *high *= 1 + spread_ratio;
    }
  }
  return profile;
}

}  // namespace fluxscope::sim

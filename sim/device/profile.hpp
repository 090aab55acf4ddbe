#pragma once
// A GPU as the simulator sees it: configs/gpus/<name>.toml.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "plan/layer/work_list.hpp"
#include "sim/cost/kernel_cost.hpp"
#include "sim/sm/launch_times.hpp"

namespace fluxscope::sim {

/// Physical facts: configs/gpus/specs/<name>.toml, table [device]; every number with its source.
struct DeviceSpec {
  std::string name;  ///< "h200"
  std::string chip;  ///< "GH100"
  std::int32_t cc_major = 0;
  std::int32_t cc_minor = 0;
  std::int32_t sm_count = 0;
  std::int32_t max_threads_per_sm = 0;
  std::int32_t registers_per_sm = 0;
  std::int64_t smem_per_sm_bytes = 0;
  std::int64_t smem_optin_bytes = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t l2_bytes = 0;
  std::int64_t sm_clock_max_hz = 0;
  std::int64_t hbm_bytes_per_s = 0;
  std::int64_t bf16_flop_per_s = 0;      ///< dense peak
  std::int64_t mma_sync_flop_per_s = 0;  ///< what mma.sync can reach of it
  std::string text;                      ///< the [device] table as written, comments included

  /// What the tensor cores can do for the kernel.
  [[nodiscard]] std::int64_t prefill_flop_per_s(plan::PrefillKernel kernel) const {
    return kernel == plan::PrefillKernel::prefill_wgmma ? bf16_flop_per_s : mma_sync_flop_per_s;
  }
};

/// One kernel on one GPU. threads, registers and shared memory are what occupancy follows from.
struct KernelProfile {
  KernelCost cost;
  std::int32_t ctas_per_sm = 1;
  std::int32_t threads_per_cta = 0;
  std::int32_t registers_per_thread = 0;
  std::int64_t smem_bytes = 0;  ///< per CTA
};

/// What a phase's predictions rest on.
struct PhaseEvidence {
  double low_ratio = 1;  ///< 90 % interval of measured / predicted time on held-out cases
  double high_ratio = 1;
  double mape_ratio = 0;  ///< mean |error| on held-out cases
  std::int64_t held_out_cases = 0;
  std::vector<std::int64_t> kv_lens;  ///< in the fit, ascending
  std::vector<std::int64_t> batches;  ///< in the fit, ascending
};

/// The kernel that runs launches of `op`; `prefill` names that of prefill launches.
[[nodiscard]] std::string kernel_name(plan::LaunchOp op, plan::PrefillKernel prefill);

struct DeviceProfile {
  DeviceSpec spec;
  std::string provenance;  ///< "fitted" from traces, or "transferred" from another GPU's fit
  std::string made_from;   ///< the traces, or the profile that was transferred
  plan::PrefillKernel prefill_kernel = plan::PrefillKernel::prefill_mma;
  double launch_ns = 0;      ///< of a case, beside its launches' CTAs and the gaps
  double launch_gap_ns = 0;  ///< from the last CTA of a launch to the first slot of the next
  std::array<KernelProfile, 4> kernels;   // [LaunchOp]
  std::array<PhaseEvidence, 2> evidence;  // [Phase]

  [[nodiscard]] KernelProfile const& kernel(plan::LaunchOp op) const {
    return kernels[static_cast<std::size_t>(op)];
  }
  [[nodiscard]] PhaseEvidence const& phase(plan::Phase phase) const {
    return evidence[static_cast<std::size_t>(phase)];
  }
  [[nodiscard]] plan::DeviceSlots slots() const;
  /// The kernel's model for a head_dim.
  [[nodiscard]] LaunchModel launch_model(plan::LaunchOp op, std::int32_t head_dim) const;
};

/// Strict: unknown keys, NaN, negative numbers and units other than those of the keys are
/// InputErrors with file:line.
[[nodiscard]] DeviceSpec load_device_spec(std::string const& path);
[[nodiscard]] DeviceProfile load_device_profile(std::string const& path);
[[nodiscard]] DeviceSpec parse_device_spec(std::string const& text, std::string const& path);
[[nodiscard]] DeviceProfile parse_device_profile(std::string const& text, std::string const& path);

/// The file that load_device_profile reads, with what each number rests on.
[[nodiscard]] std::string device_profile_text(DeviceProfile const& profile);

}  // namespace fluxscope::sim

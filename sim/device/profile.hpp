#pragma once
// A GPU as the simulator sees it: configs/gpus/<name>.toml.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/output/file_kind.hpp"
#include "base/toml/reader.hpp"
#include "plan/layer/work_list.hpp"
#include "plan/op/attention_shape.hpp"
#include "sim/cost/kernel_cost.hpp"
#include "sim/cost/step_tables.hpp"
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

  /// What the tensor cores can do by the instruction.
  [[nodiscard]] std::int64_t matrix_flop_per_s(plan::MatrixInstruction instruction) const {
    return instruction == plan::MatrixInstruction::wgmma ? bf16_flop_per_s : mma_sync_flop_per_s;
  }
};

// What a kernel's launch can be.
inline constexpr IntegerRange kCtasPerSm{1, 32};
inline constexpr IntegerRange kThreadsPerCta{32, 1024};
inline constexpr IntegerRange kRegistersPerThread{1, 255};
inline constexpr IntegerRange kSmemBytes{0, 1 << 20};

/// One kernel on one GPU. threads, registers and shared memory are what occupancy follows from.
struct KernelProfile {
  std::string name;  ///< any; calibration takes it from the traces
  plan::LaunchOp op = plan::LaunchOp::prefill;
  /// Operations limited by compute: what of the tensor cores the kernel can reach.
  plan::MatrixInstruction instruction = plan::MatrixInstruction::mma_sync;
  KernelCost cost;
  std::int32_t ctas_per_sm = 1;
  std::int32_t threads_per_cta = 0;
  std::int32_t registers_per_thread = 0;
  std::int64_t smem_bytes = 0;  ///< per CTA
};

/// Why no time can be told with these costs; empty where one can: a tile of one block takes at
/// least a picosecond, the unit of simulated times, and where blocks are attention the block does.
[[nodiscard]] std::string cost_problem(KernelProfile const& kernel);

/// What a phase's predictions rest on.
struct PhaseEvidence {
  double low_ratio = 1;  ///< 90 % interval of measured / predicted time on held-out cases
  double high_ratio = 1;
  double beyond_low_ratio = 0;  ///< of extrapolated ones; 0: not known, as of tables of times
  double beyond_high_ratio = 0;
  double mape_ratio = 0;  ///< mean |error| on held-out cases
  std::int64_t held_out_cases = 0;
  std::vector<std::int64_t> kv_lens;  ///< in the fit, ascending
  std::vector<std::int64_t> batches;  ///< in the fit, ascending
  /// In the fit; empty: not known, as of profiles that were written before they were noted.
  std::vector<plan::AttentionShape> shapes;
};

/// Errors on cases that the fits behind the predictions did not see, held out by `by`.
struct HeldOutSet {
  /// "shape", "batch", "context", "window", ..., "frontier", "rest"; "tokens", "weights", "bytes"
  std::string by;
  plan::Phase phase = plan::Phase::prefill;
  std::string table;   ///< of a step's operations: "gemm", "rows", "collective"; empty: of a phase
  double over_ns = 0;  ///< measured time above which a case counts
  std::int64_t cases = 0;
  double mape_ratio = 0;    ///< mean |predicted / measured - 1|
  double median_ratio = 0;  ///< median of the same
  double p90_ratio = 0;
  double coverage_ratio = 0;  ///< of 90 % intervals from other groups' errors

  friend bool operator==(HeldOutSet const&, HeldOutSet const&) = default;
};

struct DeviceProfile {
  DeviceSpec spec;
  std::string provenance;  ///< "fitted" from traces, or "transferred" from another GPU's fit
  std::string made_from;   ///< the traces, or the profile that was transferred
  /// Name of the plan::Decomposition of another program's kernels; empty: our own.
  std::string decomposition;
  double launch_ns = 0;      ///< of a case, beside its launches' CTAs and the gaps
  double launch_gap_ns = 0;  ///< from the last CTA of a launch to the first slot of the next
  Chip chip;                 ///< where memory-limited launches lie; its parts are all SMs, or none
  std::vector<KernelProfile> kernels;  ///< by op, then name
  /// The kernel that runs an operation which several are profiled for.
  std::map<plan::LaunchOp, std::string> runs;
  std::array<PhaseEvidence, 2> evidence;  // [Phase]
  StepTables step;                        ///< what steps need beside attention; or nothing
  std::vector<HeldOutSet> held_out;       ///< of fits to traces and to tables
  /// Comments beside the parameters "launch_ns" and "kernel.cost" of a fit. Not read back.
  std::map<std::string, std::string> notes;

  /// Puts a kernel in its place. Throws ContractError where the name is taken.
  KernelProfile& add(KernelProfile kernel);
  /// The kernel that runs `op`; null where none is profiled.
  [[nodiscard]] KernelProfile const* find_kernel(plan::LaunchOp op) const;
  /// The same. Throws InputError naming what the profile has.
  [[nodiscard]] KernelProfile const& kernel(plan::LaunchOp op) const;
  [[nodiscard]] KernelProfile& kernel(plan::LaunchOp op);
  /// Lets the kernel `name` run `op`. Throws InputError, which begins with `where`, naming the
  /// kernels that the profile has for it.
  void run(plan::LaunchOp op, std::string const& name, std::string const& where);
  [[nodiscard]] PhaseEvidence const& phase(plan::Phase phase) const {
    return evidence[static_cast<std::size_t>(phase)];
  }
  /// An operation without a kernel has one CTA per SM.
  [[nodiscard]] plan::DeviceSlots slots() const;
  /// The model, for a head_dim, of the kernel that runs `op`.
  [[nodiscard]] LaunchModel launch_model(plan::LaunchOp op, std::int32_t head_dim) const;
};

/// Strict: unknown keys, NaN, infinity, numbers outside their range, kernels with a
/// cost_problem() and units other than those of the keys are InputErrors with file:line.
[[nodiscard]] DeviceSpec load_device_spec(std::string const& path);
[[nodiscard]] DeviceProfile load_device_profile(std::string const& path);
[[nodiscard]] DeviceSpec parse_device_spec(std::string const& text, std::string const& path);
[[nodiscard]] DeviceProfile parse_device_profile(std::string const& text, std::string const& path);

/// What the file of a fitted or transferred profile is told by.
[[nodiscard]] FileKind profile_kind();

/// The file that load_device_profile reads, with what each number rests on.
[[nodiscard]] std::string device_profile_text(DeviceProfile const& profile);

}  // namespace fluxscope::sim

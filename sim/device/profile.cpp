#include "sim/device/profile.hpp"

#include "base/error.hpp"
#include "base/toml/reader.hpp"
#include "plan/layer/kv_sections.hpp"
#include "plan/layer/names.hpp"

namespace fluxscope::sim {
namespace {

constexpr IntegerRange kCount{1, 1 << 20};
constexpr IntegerRange kPositive{1, std::int64_t{1} << 60};
constexpr NumberRange kTimeNs{0, 1e9};

std::int32_t count(TomlTable const& table, std::string const& key) {
  return static_cast<std::int32_t>(table.integer(key, kCount));
}

/// The lines of the [device] table, so that a profile keeps the sources of its numbers.
std::string device_lines(std::string const& text) {
  std::size_t const begin = text.find("[device]");
  if (begin == std::string::npos) return {};
  std::size_t const end = text.find("\n[", begin);
  return text.substr(begin, end == std::string::npos ? end : end + 1 - begin);
}

DeviceSpec read_spec(TomlTable const& device, std::string const& text) {
  DeviceSpec spec{.name = device.text("name"),
                  .chip = device.text("chip"),
                  .cc_major = count(device, "cc_major"),
                  .cc_minor = static_cast<std::int32_t>(device.integer("cc_minor", {0, 99})),
                  .sm_count = static_cast<std::int32_t>(device.integer("sm_count", {1, 1024})),
                  .max_threads_per_sm = count(device, "max_threads_per_sm"),
                  .registers_per_sm = count(device, "registers_per_sm"),
                  .smem_per_sm_bytes = device.integer("smem_per_sm_bytes", kPositive),
                  .smem_optin_bytes = device.integer("smem_optin_bytes", kPositive),
                  .memory_bytes = device.integer("memory_bytes", kPositive),
                  .l2_bytes = device.integer("l2_bytes", kPositive),
                  .sm_clock_max_hz = device.integer("sm_clock_max_hz", kPositive),
                  .hbm_bytes_per_s = device.integer("hbm_bytes_per_s", kPositive),
                  .bf16_flop_per_s = device.integer("bf16_flop_per_s", kPositive),
                  .mma_sync_flop_per_s = device.integer("mma_sync_flop_per_s", kPositive)};
  device.close();
  spec.text = device_lines(text);
  return spec;
}

KernelProfile read_kernel(TomlTable const& table) {
  KernelProfile kernel{
      .ctas_per_sm = static_cast<std::int32_t>(table.integer("ctas_per_sm", {1, 32})),
      .threads_per_cta = static_cast<std::int32_t>(table.integer("threads_per_cta", {32, 1024})),
      .registers_per_thread =
          static_cast<std::int32_t>(table.integer("registers_per_thread", {1, 255})),
      .smem_bytes = table.integer("smem_bytes", {0, 1 << 20})};
  for (CostField const& field : kCostFields) {
    kernel.cost.*field.member = table.number(std::string(field.name), kTimeNs);
  }
  table.close();
  return kernel;
}

PhaseEvidence read_evidence(TomlTable const& table) {
  PhaseEvidence evidence{.low_ratio = table.number("low_ratio", {0, 1e3}),
                         .high_ratio = table.number("high_ratio", {0, 1e3}),
                         .mape_ratio = table.number("mape_ratio", {0, 1e3}),
                         .held_out_cases = table.integer("held_out_cases", {0, 1 << 30}),
                         .kv_lens = table.integers("kv_lens_tokens", kPositive),
                         .batches = table.integers("batches", kPositive)};
  if (evidence.low_ratio > evidence.high_ratio) {
    throw InputError(table.where("low_ratio") + ": low_ratio is above high_ratio (they are the " +
                     "ends of an interval) swap them");
  }
  table.close();
  return evidence;
}

}  // namespace

std::string kernel_name(plan::LaunchOp op, plan::PrefillKernel prefill) {
  switch (op) {
    case plan::LaunchOp::gather_kv:
      return "gather_kv";
    case plan::LaunchOp::prefill:
      return plan::to_text(prefill);
    case plan::LaunchOp::decode:
      return "decode_split";
    case plan::LaunchOp::combine:
      return "combine";
  }
  throw ContractError("a launch without a kernel");
}

plan::DeviceSlots DeviceProfile::slots() const {
  return {.sm_count = spec.sm_count,
          .prefill_kernel = prefill_kernel,
          .kv_section_bytes = plan::kv_section_bytes(spec.l2_bytes),
          .prefill_ctas_per_sm = kernel(plan::LaunchOp::prefill).ctas_per_sm,
          .decode_ctas_per_sm = kernel(plan::LaunchOp::decode).ctas_per_sm,
          .copy_ctas_per_sm = kernel(plan::LaunchOp::gather_kv).ctas_per_sm};
}

LaunchModel DeviceProfile::launch_model(plan::LaunchOp op, std::int32_t head_dim) const {
  KernelProfile const& profile = kernel(op);
  LaunchModel model{.cost = profile.cost,
                    .domain = rate_domain(op),
                    .sm_count = spec.sm_count,
                    .ctas_per_sm = profile.ctas_per_sm};
  double const scale = static_cast<double>(head_dim) / kReferenceHeadDim;
  model.cost.block_ns *= scale;
  model.cost.shared_block_ns *= scale;
  return model;
}

DeviceSpec parse_device_spec(std::string const& text, std::string const& path) {
  auto const file = TomlTable::parse(text, path);
  DeviceSpec spec = read_spec(file.table("device"), text);
  file.close();
  return spec;
}

DeviceProfile parse_device_profile(std::string const& text, std::string const& path) {
  auto const file = TomlTable::parse(text, path);
  DeviceProfile profile{.spec = read_spec(file.table("device"), text),
                        .provenance = file.choice("provenance", {"fitted", "transferred"}),
                        .made_from = file.text("made_from"),
                        .launch_ns = file.number("launch_ns", kTimeNs),
                        .launch_gap_ns = file.number("launch_gap_ns", kTimeNs)};
  auto const kernels = file.table("kernels");
  profile.prefill_kernel = kernels.has("prefill_wgmma") ? plan::PrefillKernel::prefill_wgmma
                                                        : plan::PrefillKernel::prefill_mma;
  for (std::size_t op = 0; op < profile.kernels.size(); ++op) {
    auto const name = kernel_name(static_cast<plan::LaunchOp>(op), profile.prefill_kernel);
    profile.kernels[op] = read_kernel(kernels.table(name));
  }
  kernels.close();
  auto const evidence = file.table("evidence");
  profile.evidence = {read_evidence(evidence.table("prefill")),
                      read_evidence(evidence.table("decode"))};
  evidence.close();
  file.close();
  return profile;
}

DeviceSpec load_device_spec(std::string const& path) {
  return parse_device_spec(read_text_file(path), path);
}

DeviceProfile load_device_profile(std::string const& path) {
  return parse_device_profile(read_text_file(path), path);
}

}  // namespace fluxscope::sim

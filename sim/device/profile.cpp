#include "sim/device/profile.hpp"

#include <map>
#include <optional>

#include "base/error.hpp"
#include "base/files/text_file.hpp"
#include "base/limits.hpp"
#include "base/text/label.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"
#include "base/toml/reader.hpp"
#include "plan/layer/decomposition.hpp"
#include "plan/layer/kv_sections.hpp"
#include "plan/layer/names.hpp"
#include "sim/device/step_tables.hpp"

namespace fluxscope::sim {
namespace {

constexpr IntegerRange kCount{1, 1 << 20};
constexpr IntegerRange kPositive{1, std::int64_t{1} << 60};
constexpr NumberRange kTimeNs{0, 1e9};
constexpr NumberRange kRatio{1e-3, 1e3};  // of an interval's end: 0 would make a speed-up endless

std::int32_t count(TomlTable const& table, std::string const& key) {
  return static_cast<std::int32_t>(table.integer(key, kCount));
}

/// A name that lists separate by commas: those of a sweep's GPUs.
std::string word(TomlTable const& table, std::string const& key) {
  std::string name = table.label(key);
  if (name.find(',') == std::string::npos) return name;
  throw InputError(table.where(key) + ": " + key + " = " + in_quotes(name) +
                   " holds a comma (a sweep lists its GPUs between commas) remove it");
}

/// The lines of the [device] table, so that a profile keeps the sources of its numbers.
std::string device_lines(std::string const& text) {
  std::size_t const begin = text.find("[device]");
  if (begin == std::string::npos) return {};
  std::size_t const end = text.find("\n[", begin);
  return text.substr(begin, end == std::string::npos ? end : end + 1 - begin);
}

DeviceSpec read_spec(TomlTable const& device, std::string const& text) {
  DeviceSpec spec{.name = word(device, "name"),
                  .chip = device.label("chip"),
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

KernelProfile read_kernel(TomlTable const& table, std::string const& name) {
  KernelProfile kernel{
      .name = name,
      .op = plan::op_from(table.choice("op", plan::tile_op_names())),
      .ctas_per_sm = static_cast<std::int32_t>(table.integer("ctas_per_sm", kCtasPerSm)),
      .threads_per_cta =
          static_cast<std::int32_t>(table.integer("threads_per_cta", kThreadsPerCta)),
      .registers_per_thread =
          static_cast<std::int32_t>(table.integer("registers_per_thread", kRegistersPerThread)),
      .smem_bytes = table.integer("smem_bytes", kSmemBytes)};
  if (plan::op_row(kernel.op).limit == plan::OpLimit::sm_compute) {
    kernel.instruction = plan::matrix_instruction_from(
        table.choice("matrix_instruction", plan::matrix_instruction_names()));
  }
  bool const by_memory = plan::op_row(kernel.op).limit == plan::OpLimit::device_memory;
  for (CostField const& field : kCostFields) {
    std::string const key(field.name);
    bool const of_groups = field.member == &KernelCost::group_block_ns;
    if (of_groups && (!by_memory || !table.has(key))) continue;  // profiles of before have none
    kernel.cost.*field.member = table.number(key, kTimeNs);
  }
  if (by_memory && table.has("saturation_power")) {
    kernel.cost.saturation_power = table.number("saturation_power", {1, 64});
  }
  table.close();
  if (auto const problem = cost_problem(kernel); !problem.empty()) {
    throw InputError(table.where("block_ns") + ": " + problem +
                     " give the measured times, or calibrate the profile from traces");
  }
  return kernel;
}

std::vector<ChipPart> read_parts(TomlTable const& chip, std::string const& key) {
  std::vector<ChipPart> parts;
  for (TomlTable const& table : chip.tables(key)) {
    parts.push_back({static_cast<std::int32_t>(table.integer("sms", {1, 1024})),
                     static_cast<std::int32_t>(table.integer("memory_group", {0, 15}))});
    table.close();
  }
  return parts;
}

/// [chip], which may be missing.
Chip read_chip(TomlTable const& file, std::int32_t sm_count) {
  if (!file.has("chip")) return {};
  auto const table = file.table("chip");
  Chip chip{.first = read_parts(table, "first"), .parts = read_parts(table, "parts")};
  table.close();
  if (chip.sms() == sm_count) return chip;
  throw InputError(table.where("parts") + ": the parts of the chip have " +
                   std::to_string(chip.sms()) + " SMs (the device has " + std::to_string(sm_count) +
                   ") give every SM once, or leave [chip] away");
}

/// [runs]: op = kernel, for each operation that several kernels are profiled for.
void read_choices(TomlTable const& file, DeviceProfile& profile) {
  std::map<plan::LaunchOp, std::string> names;  // of the op's kernels
  std::map<plan::LaunchOp, int> counts;
  for (KernelProfile const& kernel : profile.kernels) {
    names[kernel.op] += (counts[kernel.op]++ == 0 ? "" : " and ") + kernel.name;
  }
  std::optional<TomlTable> choices;
  if (file.has("runs")) choices = file.table("runs");
  for (auto const& [op, count] : counts) {
    std::string const key = plan::to_text(op);
    if (choices && choices->has(key)) profile.run(op, choices->text(key), choices->where(key));
    if (count == 1 || profile.runs.contains(op)) continue;
    throw InputError(file.where("kernel") + ": " + names[op] + " are both of op " + key +
                     " (which of them runs it is not said) add " + key + " = \"...\" to [runs]");
  }
  if (choices) choices->close();
}

/// shapes = [{ q_heads = ..., kv_heads = ..., head_dim = ... }, ...]; may be missing.
std::vector<plan::AttentionShape> read_shapes(TomlTable const& evidence) {
  constexpr IntegerRange kHeads{1, limits::kHeads};
  std::vector<plan::AttentionShape> shapes;
  for (TomlTable const& table : evidence.tables("shapes")) {
    auto const heads = [&](char const* key) {
      return static_cast<std::int32_t>(table.integer(key, kHeads));
    };
    shapes.push_back({heads("q_heads"), heads("kv_heads"), heads("head_dim")});
    table.close();
  }
  return shapes;
}

/// Of another program's kernels; empty where the file does not name one.
std::string read_decomposition(TomlTable const& file) {
  if (!file.has("decomposition")) return {};
  std::string name = file.text("decomposition");
  if (plan::decomposition_named(name)) return name;
  throw InputError(file.where("decomposition") + ": decomposition = " + in_quotes(name) +
                   " is not known (how its kernels cut a layer is part of the program), " +
                   expected_one_of(name, plan::decomposition_names()));
}

/// [[evidence.held_out]]
HeldOutSet read_held_out(TomlTable const& table) {
  constexpr NumberRange kError{0, 1e6};
  bool const of_step = table.has("table");
  bool const decode =
      !of_step && table.choice("phase", {"prefill", "decode"}) == std::string("decode");
  HeldOutSet set{.by = table.label("by"),
                 .phase = decode ? plan::Phase::decode : plan::Phase::prefill,
                 .table = of_step ? table.choice("table", {"gemm", "rows", "collective"}) : "",
                 .over_ns = table.number("over_ns", kTimeNs),
                 .cases = table.integer("cases", {1, 1 << 30}),
                 .mape_ratio = table.number("mape_ratio", kError),
                 .median_ratio = table.number("median_ratio", kError),
                 .p90_ratio = table.number("p90_ratio", kError),
                 .coverage_ratio = table.number("coverage_ratio", {0, 1})};
  table.close();
  return set;
}

PhaseEvidence read_evidence(TomlTable const& table) {
  PhaseEvidence evidence{.low_ratio = table.number("low_ratio", kRatio),
                         .high_ratio = table.number("high_ratio", kRatio),
                         .beyond_low_ratio = table.number_or("beyond_low_ratio", 0, kRatio),
                         .beyond_high_ratio = table.number_or("beyond_high_ratio", 0, kRatio),
                         .mape_ratio = table.number("mape_ratio", {0, 1e3}),
                         .held_out_cases = table.integer("held_out_cases", {0, 1 << 30}),
                         .kv_lens = table.integers("kv_lens_tokens", kPositive),
                         .batches = table.integers("batches", kPositive),
                         .shapes = read_shapes(table)};
  if (evidence.low_ratio > evidence.high_ratio) {
    throw InputError(table.where("low_ratio") + ": low_ratio is above high_ratio (they are the " +
                     "ends of an interval) swap them");
  }
  table.close();
  return evidence;
}

}  // namespace

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
                        .decomposition = read_decomposition(file),
                        .launch_ns = file.number("launch_ns", kTimeNs),
                        .launch_gap_ns = file.number("launch_gap_ns", kTimeNs)};
  auto const kernels = file.table("kernel");
  for (std::string const& name : kernels.keys()) {
    if (auto const problem = label_problem(name)) {
      throw InputError(kernels.where(name) + ": the name of kernel " + in_quotes(name) + " " +
                       *problem);
    }
    profile.add(read_kernel(kernels.table(name), name));
  }
  kernels.close();
  read_choices(file, profile);
  profile.chip = read_chip(file, profile.spec.sm_count);
  profile.step = read_step_tables(file, profile.spec);
  auto const evidence = file.table("evidence");
  profile.evidence = {read_evidence(evidence.table("prefill")),
                      read_evidence(evidence.table("decode"))};
  if (evidence.has("steps")) read_step_evidence(evidence.table("steps"), profile.step);
  for (TomlTable const& set : evidence.tables("held_out")) {
    profile.held_out.push_back(read_held_out(set));
  }
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

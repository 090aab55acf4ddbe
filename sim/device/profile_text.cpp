#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text/escape.hpp"
#include "plan/layer/decomposition.hpp"
#include "plan/layer/names.hpp"
#include "sim/device/profile.hpp"
#include "sim/device/step_tables.hpp"

namespace fluxscope::sim {
namespace {

std::string percent_of(double value, std::int64_t peak) {
  return fmt::format("{:.1f} % of peak", 100 * value / static_cast<double>(peak));
}

/// Query rows of a prefill CTA, of the kBlockTokens that our own have.
double query_share(DeviceProfile const& profile) {
  auto const* foreign = plan::decomposition_named(profile.decomposition);
  return foreign != nullptr ? static_cast<double>(foreign->prefill_rows) / plan::kBlockTokens : 1;
}

/// "  # what a fit says of it", or nothing.
std::string note(DeviceProfile const& profile, std::string const& parameter) {
  auto const found = profile.notes.find(parameter);
  return found == profile.notes.end() ? "" : "  # " + found->second;
}

/// What the fitted times per block mean as rates.
std::string rate_comment(KernelProfile const& kernel, DeviceProfile const& profile) {
  DeviceSpec const& spec = profile.spec;
  KernelCost const& cost = kernel.cost;
  plan::OpRow const& op = plan::op_row(kernel.op);
  // Merges: a tile may read one head's part of a partial result.
  if (op.counted_as == plan::CountedAs::other) return {};
  // Another program's copies count other blocks than K and V of 128 tokens.
  bool const copies = op.counted_as == plan::CountedAs::selection;
  if (copies && !profile.decomposition.empty()) return {};
  if (op.limit == plan::OpLimit::sm_compute) {
    double const per_sm = std::max(cost.shared_block_ns, cost.block_ns / kernel.ctas_per_sm);
    if (per_sm <= 0) return {};
    double const flop_per_s =
        query_share(profile) * reference_block_flop(kernel.op) / per_sm * 1e9 * spec.sm_count;
    return fmt::format("# all SMs full: {:.0f} TFLOP/s of visited blocks ({})\n",
                       flop_per_s * 1e-12, percent_of(flop_per_s, spec.bf16_flop_per_s));
  }
  double const bytes = reference_block_bytes(kernel.op);
  std::string text;
  if (cost.block_ns > 0) {
    text += fmt::format("# one CTA alone: {:.1f} GB/s\n", bytes / cost.block_ns);
  }
  if (cost.shared_block_ns > 0) {
    double const rate = bytes / cost.shared_block_ns * 1e9;
    text += fmt::format("# memory saturated: {:.0f} GB/s ({})\n", rate * 1e-9,
                        percent_of(rate, spec.hbm_bytes_per_s));
  }
  return text;
}

/// The name as a TOML key: bare where that is possible.
std::string key_text(std::string const& name) {
  bool const bare = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-';
  });
  if (bare) return name;
  return toml_text(name);
}

std::string kernel_text(KernelProfile const& kernel, DeviceProfile const& profile) {
  auto text =
      fmt::format("\n[kernel.{}]\nop = \"{}\"\n", key_text(kernel.name), plan::to_text(kernel.op));
  if (plan::op_row(kernel.op).limit == plan::OpLimit::sm_compute) {
    text += fmt::format("matrix_instruction = \"{}\"\n", plan::to_text(kernel.instruction));
  }
  text += fmt::format(
      "ctas_per_sm = {}\nthreads_per_cta = {}\nregisters_per_thread = {}\nsmem_bytes = {}\n",
      kernel.ctas_per_sm, kernel.threads_per_cta, kernel.registers_per_thread, kernel.smem_bytes);
  bool const by_memory = plan::op_row(kernel.op).limit == plan::OpLimit::device_memory;
  for (CostField const& field : kCostFields) {
    if (field.member == &KernelCost::group_block_ns && !by_memory) continue;
    text += fmt::format("{} = {:.6g}{}\n", field.name, kernel.cost.*field.member,
                        note(profile, fmt::format("{}.{}", kernel.name, field.name)));
  }
  if (kernel.cost.saturation_power > 0) {
    text += fmt::format("saturation_power = {:.6g}\n", kernel.cost.saturation_power);
  }
  return text + rate_comment(kernel, profile);
}

std::string parts_text(std::string_view key, std::vector<ChipPart> const& parts) {
  if (parts.empty()) return {};
  std::string text = fmt::format("{} = [", key);
  for (ChipPart const& part : parts) {
    text += fmt::format("{}{{ sms = {}, memory_group = {} }}", text.ends_with('[') ? "" : ", ",
                        part.sms, part.memory_group);
  }
  return text + "]\n";
}

std::string chip_text(Chip const& chip) {
  if (!chip.known()) return {};
  return "\n[chip]  # SMs in the order in which launches fill them; `parts` from any one on\n" +
         parts_text("first", chip.first) + parts_text("parts", chip.parts);
}

std::string shapes_text(std::vector<plan::AttentionShape> const& shapes) {
  if (shapes.empty()) return {};
  std::string text = "shapes = [";
  for (plan::AttentionShape const& shape : shapes) {
    text +=
        fmt::format("{}{{ q_heads = {}, kv_heads = {}, head_dim = {} }}",
                    text.ends_with('[') ? "" : ", ", shape.q_heads, shape.kv_heads, shape.head_dim);
  }
  return text + "]\n";
}

std::string beyond_text(PhaseEvidence const& evidence) {
  if (evidence.beyond_high_ratio <= 0) return {};
  return fmt::format(
      "beyond_low_ratio = {:.4f}  # of extrapolated predictions\n"
      "beyond_high_ratio = {:.4f}\n",
      evidence.beyond_low_ratio, evidence.beyond_high_ratio);
}

std::string evidence_text(std::string_view phase, PhaseEvidence const& evidence) {
  auto const text = fmt::format(
      "\n[evidence.{}]  # 90 % interval of measured / predicted\n"
      "low_ratio = {:.4f}\nhigh_ratio = {:.4f}\n{}mape_ratio = {:.4f}\nheld_out_cases = {}\n"
      "kv_lens_tokens = [{}]\nbatches = [{}]\n",
      phase, evidence.low_ratio, evidence.high_ratio, beyond_text(evidence), evidence.mape_ratio,
      evidence.held_out_cases, fmt::join(evidence.kv_lens, ", "),
      fmt::join(evidence.batches, ", "));
  return text + shapes_text(evidence.shapes);
}

std::string held_out_text(HeldOutSet const& set) {
  std::string const of = set.table.empty() ? "phase = \"" + plan::to_text(set.phase) + '"'
                                           : "table = " + toml_text(set.table);
  return fmt::format(
      "\n[[evidence.held_out]]\nby = {}\n{}\nover_ns = {:.6g}\ncases = {}\n"
      "mape_ratio = {:.4f}\nmedian_ratio = {:.4f}\np90_ratio = {:.4f}\ncoverage_ratio = {:.4f}\n",
      toml_text(set.by), of, set.over_ns, set.cases, set.mape_ratio, set.median_ratio,
      set.p90_ratio, set.coverage_ratio);
}

constexpr char kBegin[] = "# Written by `fluxscope calibrate`";

}  // namespace

FileKind profile_kind() { return {.name = "a device profile of `calibrate`", .begins = {kBegin}}; }

std::string device_profile_text(DeviceProfile const& profile) {
  std::string text =
      std::string(kBegin) +
      "; do not edit: make it again from the data.\n"
      "# Times are the fitted parameters of sim/cost/kernel_cost.hpp, per 128-token block at "
      "head_dim "
      "128.\n";
  text += fmt::format("provenance = {}\nmade_from = {}\n", toml_text(profile.provenance),
                      toml_text(profile.made_from));
  if (!profile.decomposition.empty()) {
    text += fmt::format("decomposition = {}  # of another program's kernels\n",
                        toml_text(profile.decomposition));
  }
  text += fmt::format("launch_ns = {:.6g}{}\nlaunch_gap_ns = {:.6g}{}\n", profile.launch_ns,
                      note(profile, "launch_ns"), profile.launch_gap_ns,
                      note(profile, "launch_gap_ns"));
  text += step_tables_text(profile.step) + '\n' + profile.spec.text;
  while (text.ends_with("\n\n")) text.pop_back();
  if (!profile.runs.empty()) text += "\n[runs]  # of several kernels for one op\n";
  for (auto const& [op, name] : profile.runs) {
    text += fmt::format("{} = {}\n", plan::to_text(op), toml_text(name));
  }
  text += chip_text(profile.chip);
  for (KernelProfile const& kernel : profile.kernels) text += kernel_text(kernel, profile);
  text += evidence_text("prefill", profile.evidence[0]);
  text += evidence_text("decode", profile.evidence[1]);
  text += step_evidence_text(profile.step);
  for (HeldOutSet const& set : profile.held_out) text += held_out_text(set);
  return text;
}

}  // namespace fluxscope::sim

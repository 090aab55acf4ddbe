#include "sim/sweep/identity.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/build_info.hpp"
#include "base/hdf5/digest.hpp"
#include "sim/sweep/points.hpp"

namespace fluxscope::sim {
namespace {

Ingredient ingredient(std::string name, std::string const& content) {
  return {.name = std::move(name), .hash = fmt::format("{:016x}", digest_of(content))};
}

/// Version and commit; of a tree with changes, or without a known commit, the executable too, since
/// two that differ say the same.
std::string program_text() {
  BuildInfo const& build = build_info();
  std::string text = build.version + ' ' + build.git_hash;
  bool const told = build.git_hash != "unknown" && !build.git_hash.ends_with("-dirty");
  if (told) return text;
  std::ifstream program("/proc/self/exe", std::ios::binary);
  text.append(std::istreambuf_iterator<char>(program), {});
  return text;
}

std::string model_text(plan::Model const& model) {
  return fmt::format("{} {} {} {} {} {} {} {}", model.name, model.layers, model.hidden_size,
                     model.intermediate_size, model.vocab_size, model.attention.q_heads,
                     model.attention.kv_heads, model.attention.head_dim);
}

std::string spec_text(DeviceSpec const& spec) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", spec.name, spec.chip,
                     spec.cc_major, spec.cc_minor, spec.sm_count, spec.max_threads_per_sm,
                     spec.registers_per_sm, spec.smem_per_sm_bytes, spec.smem_optin_bytes,
                     spec.memory_bytes, spec.l2_bytes, spec.sm_clock_max_hz, spec.hbm_bytes_per_s,
                     spec.bf16_flop_per_s, spec.mma_sync_flop_per_s);
}

/// The file's text, and the numbers that it rounds.
std::string profile_text(DeviceProfile const& profile) {
  std::string text = device_profile_text(profile) + spec_text(profile.spec) +
                     fmt::format("\n{} {}\n", profile.launch_ns, profile.launch_gap_ns);
  for (KernelProfile const& kernel : profile.kernels) {
    for (CostField const& field : kCostFields) {
      text += fmt::format("{} ", kernel.cost.*field.member);
    }
    text += fmt::format("{} ", kernel.cost.saturation_power);
  }
  for (PhaseEvidence const& evidence : profile.evidence) {
    text += fmt::format("{} {} {} {} ", evidence.low_ratio, evidence.high_ratio,
                        evidence.beyond_low_ratio, evidence.beyond_high_ratio);
  }
  return text;
}

std::string sparse_text(plan::Selection const& sparse) {
  return fmt::format("{} {} {} {}", static_cast<int>(sparse.kind), sparse.sink_tokens,
                     sparse.local_tokens, sparse.last_tokens);
}

/// What every policy draws at every MSR and seed.
std::string gates_text(SweepConfig const& config) {
  std::string text;
  for (std::size_t policy = 0; policy < config.policies.size(); ++policy) {
    for (double const msr_ratio : config.msr_ratios) {
      for (std::int64_t const seed : config.seeds) {
        auto const gates = point_policy(config, {.policy = static_cast<std::uint8_t>(policy),
                                                 .msr_ratio = msr_ratio,
                                                 .seed = seed})
                               .gates(1);
        text += fmt::format("{} {} {}:", gates.requests, gates.layers, gates.kv_heads);
        text.append(gates.full.begin(), gates.full.end());
      }
    }
  }
  return text;
}

std::string hash_of(Identity const& identity, std::string const& name) {
  auto const found = std::find_if(identity.begin(), identity.end(),
                                  [&](Ingredient const& one) { return one.name == name; });
  return found == identity.end() ? "" : found->hash;
}

}  // namespace

Identity sweep_identity(SweepConfig const& config) {
  Identity identity = {ingredient("program version", program_text()),
                       ingredient("sweep file", config.toml),
                       ingredient("model numbers", model_text(config.model))};
  for (DeviceProfile const& gpu : config.gpus) {
    identity.push_back(ingredient("device profile " + gpu.spec.name, profile_text(gpu)));
  }
  identity.push_back(ingredient("sparse settings", sparse_text(config.sparse)));
  identity.push_back(ingredient("gates", gates_text(config)));
  return identity;
}

std::string difference(Identity const& a, Identity const& b) {
  std::vector<std::string> names;
  for (Identity const* const side : {&a, &b}) {
    for (Ingredient const& one : *side) {
      bool const listed = std::find(names.begin(), names.end(), one.name) != names.end();
      if (!listed && hash_of(a, one.name) != hash_of(b, one.name)) names.push_back(one.name);
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string identity_text(Identity const& identity) {
  std::string text;
  for (Ingredient const& one : identity) text += one.name + '=' + one.hash + '\n';
  return text;
}

Identity identity_from(std::string const& text) {
  Identity identity;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t const end = std::min(text.find('\n', begin), text.size());
    std::string const line = text.substr(begin, end - begin);
    std::size_t const at = std::min(line.rfind('='), line.size());
    identity.push_back(
        {.name = line.substr(0, at), .hash = at < line.size() ? line.substr(at + 1) : "none"});
    begin = end + 1;
  }
  return identity;
}

}  // namespace fluxscope::sim

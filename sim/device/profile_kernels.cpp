// Which kernels a profile has, and which of them runs an operation.

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "base/error.hpp"
#include "plan/layer/decomposition.hpp"
#include "plan/layer/kv_sections.hpp"
#include "plan/layer/names.hpp"
#include "sim/device/profile.hpp"

namespace fluxscope::sim {
namespace {

/// "prefill_mma, prefill_wgmma", of `op` or of all operations.
std::string names_of(DeviceProfile const& profile, std::optional<plan::LaunchOp> op) {
  std::string names;
  for (KernelProfile const& kernel : profile.kernels) {
    if (op && kernel.op != *op) continue;
    names += (names.empty() ? "" : ", ") + kernel.name;
  }
  return names.empty() ? "none" : names;
}

std::int32_t ctas_per_sm(DeviceProfile const& profile, plan::LaunchOp op) {
  KernelProfile const* kernel = profile.find_kernel(op);
  return kernel == nullptr ? 1 : kernel->ctas_per_sm;
}

}  // namespace

std::string cost_problem(KernelProfile const& kernel) {
  constexpr double kPicosecondNs = 1e-3;
  KernelCost const& cost = kernel.cost;
  double const block_ns = std::max(cost.block_ns, cost.shared_block_ns);
  double const tile_ns = cost.cta_start_ns + cost.tile_ns + block_ns;
  bool const attention = plan::op_row(kernel.op).counted_as == plan::CountedAs::attention;
  if ((attention ? block_ns : tile_ns) >= kPicosecondNs) return {};
  return attention ? "block_ns and shared_block_ns are both below 0.001 (a block of " +
                         kernel.name + " would take no time, whatever the context)"
                   : "cta_start_ns, tile_ns, block_ns and shared_block_ns are together below 0.001 "
                     "(a tile of " +
                         kernel.name + " would take no time)";
}

KernelProfile& DeviceProfile::add(KernelProfile kernel) {
  auto const place = [](KernelProfile const& one) { return std::tie(one.op, one.name); };
  for (KernelProfile const& other : kernels) {
    expects(other.name != kernel.name, "a kernel is in a profile once");
  }
  auto const at = std::find_if(kernels.begin(), kernels.end(), [&](KernelProfile const& other) {
    return place(kernel) < place(other);
  });
  return *kernels.insert(at, std::move(kernel));
}

KernelProfile const* DeviceProfile::find_kernel(plan::LaunchOp op) const {
  auto const chosen = runs.find(op);
  auto const found = std::find_if(kernels.begin(), kernels.end(), [&](KernelProfile const& kernel) {
    return kernel.op == op && (chosen == runs.end() || chosen->second == kernel.name);
  });
  return found == kernels.end() ? nullptr : &*found;
}

KernelProfile const& DeviceProfile::kernel(plan::LaunchOp op) const {
  if (KernelProfile const* found = find_kernel(op)) return *found;
  throw InputError("the profile of " + spec.name + " has no kernel for op " + plan::to_text(op) +
                   " (it has " + names_of(*this, std::nullopt) + ") calibrate it from traces " +
                   "that run one");
}

KernelProfile& DeviceProfile::kernel(plan::LaunchOp op) {
  return const_cast<KernelProfile&>(std::as_const(*this).kernel(op));
}

void DeviceProfile::run(plan::LaunchOp op, std::string const& name, std::string const& where) {
  bool const known = std::any_of(kernels.begin(), kernels.end(), [&](KernelProfile const& kernel) {
    return kernel.op == op && kernel.name == name;
  });
  if (!known) {
    throw InputError(where + ": " + plan::to_text(op) + " by " + name + " (the profile of " +
                     spec.name + " has for it: " + names_of(*this, op) + ") name one of these, " +
                     "or calibrate a profile from traces of " + name);
  }
  runs[op] = name;
}

plan::DeviceSlots DeviceProfile::slots() const {
  auto const* foreign = plan::decomposition_named(decomposition);
  expects(decomposition.empty() || foreign != nullptr, "a profile names a known decomposition");
  return {.sm_count = spec.sm_count,
          .kv_section_bytes = plan::kv_section_bytes(spec.l2_bytes),
          .prefill_ctas_per_sm = ctas_per_sm(*this, plan::LaunchOp::prefill),
          .decode_ctas_per_sm = ctas_per_sm(*this, plan::LaunchOp::decode),
          .copy_ctas_per_sm = ctas_per_sm(*this, plan::LaunchOp::gather_kv),
          .decomposition = foreign};
}

LaunchModel DeviceProfile::launch_model(plan::LaunchOp op, std::int32_t head_dim) const {
  KernelProfile const& profile = kernel(op);
  LaunchModel model{.cost = profile.cost,
                    .limit = plan::op_row(op).limit,
                    .sm_count = spec.sm_count,
                    .ctas_per_sm = profile.ctas_per_sm};
  if (model.limit == plan::OpLimit::device_memory) model.chip = chip;
  double const scale = static_cast<double>(head_dim) / kReferenceHeadDim;
  model.cost.block_ns *= scale;
  model.cost.shared_block_ns *= scale;
  model.cost.group_block_ns *= scale;
  return model;
}

}  // namespace fluxscope::sim

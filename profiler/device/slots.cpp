#include "profiler/device/slots.hpp"

#include "kernels/attention/decode_split/launch.hpp"
#include "kernels/attention/gather_kv/launch.hpp"
#include "kernels/attention/prefill_kernel.hpp"
#include "kernels/device/wgmma_gpu.hpp"
#include "plan/layer/kv_sections.hpp"

namespace fluxscope::profiler {

plan::DeviceSlots device_slots(traces::DeviceInfo const& device, std::int32_t head_dim,
                               std::optional<plan::PrefillKernel> prefill_kernel) {
  plan::PrefillKernel const prefill =
      prefill_kernel.value_or(kernels::have_wgmma() ? plan::PrefillKernel::prefill_wgmma
                                                    : plan::PrefillKernel::prefill_mma);
  auto const off = kernels::ProbeLevel::off;
  return {.sm_count = device.sm_count,
          .prefill_kernel = prefill,
          .kv_section_bytes = plan::kv_section_bytes(device.l2_bytes),
          .prefill_ctas_per_sm = kernels::prefill_facts(prefill, head_dim, off).ctas_per_sm,
          .decode_ctas_per_sm = kernels::decode_split_facts(head_dim, {}).ctas_per_sm,
          .copy_ctas_per_sm = kernels::gather_kv_facts(head_dim, off).ctas_per_sm};
}

}  // namespace fluxscope::profiler

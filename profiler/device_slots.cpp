#include "profiler/device_slots.hpp"

#include "kernels/decode_split.hpp"
#include "kernels/gather_kv.hpp"
#include "kernels/prefill_mma.hpp"

namespace fluxscope::profiler {

plan::DeviceSlots device_slots(int sm_count, std::int32_t head_dim) {
  return {
      .sm_count = sm_count,
      .prefill_ctas_per_sm = kernels::prefill_mma_facts(head_dim, {}).ctas_per_sm,
      .decode_ctas_per_sm = kernels::decode_split_facts(head_dim, {}).ctas_per_sm,
      .copy_ctas_per_sm = kernels::gather_kv_facts(head_dim, kernels::ProbeLevel::off).ctas_per_sm};
}

}  // namespace fluxscope::profiler

#include "tests/sim/profiles.hpp"

#include "fluxscope_test_paths.hpp"

namespace fluxscope::sim::testing {

DeviceProfile h200_like() {
  DeviceProfile profile;
  profile.spec =
      load_device_spec(std::string(FLUXSCOPE_SOURCE_DIR) + "/configs/gpus/specs/h200.toml");
  profile.provenance = "fitted";
  profile.made_from = "no trace: test numbers";
  profile.launch_ns = 1500;
  profile.launch_gap_ns = 1000;
  profile.add({.name = "prefill_mma",
               .op = plan::LaunchOp::prefill,
               .cost = {.cta_dispatch_ns = 2,
                        .cta_start_ns = 600,
                        .tile_ns = 1500,
                        .split_ns = 200,
                        .block_ns = 4600,
                        .shared_block_ns = 3300},
               .ctas_per_sm = 2,
               .threads_per_cta = 128,
               .registers_per_thread = 232,
               .smem_bytes = 65536});
  profile.add({.name = "decode_split",
               .op = plan::LaunchOp::decode,
               .cost = {.cta_dispatch_ns = 2,
                        .cta_start_ns = 600,
                        .tile_ns = 2500,
                        .split_ns = 400,
                        .block_ns = 1300,
                        .shared_block_ns = 14.9},
               .ctas_per_sm = 2,
               .threads_per_cta = 128,
               .registers_per_thread = 168,
               .smem_bytes = 98304});
  profile.add({.name = "combine",
               .op = plan::LaunchOp::combine,
               .cost = {.cta_dispatch_ns = 1, .cta_start_ns = 400, .tile_ns = 1200, .block_ns = 30},
               .ctas_per_sm = 8,
               .threads_per_cta = 128,
               .registers_per_thread = 64});
  profile.add({.name = "gather_kv",
               .op = plan::LaunchOp::gather_kv,
               .cost = {.cta_dispatch_ns = 1,
                        .cta_start_ns = 500,
                        .tile_ns = 1500,
                        .block_ns = 1500,
                        .shared_block_ns = 32},
               .ctas_per_sm = 2,
               .threads_per_cta = 512,
               .registers_per_thread = 48});
  profile.evidence[0] = {.low_ratio = 0.9,
                         .high_ratio = 1.1,
                         .mape_ratio = 0.04,
                         .held_out_cases = 12,
                         .kv_lens = {8192, 131072},
                         .batches = {1}};
  profile.evidence[1] = {.low_ratio = 0.9,
                         .high_ratio = 1.15,
                         .mape_ratio = 0.05,
                         .held_out_cases = 12,
                         .kv_lens = {8192, 32768, 262144},
                         .batches = {1, 8}};
  return profile;
}

}  // namespace fluxscope::sim::testing

#pragma once
// A planned layer on the device, ready to launch.

#include <cuda_runtime_api.h>

#include <cstdint>
#include <vector>

#include "kernels/attention/params.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "plan/experiment/experiment.hpp"
#include "plan/layer/work_list.hpp"
#include "profiler/device/case_memory.hpp"
#include "profiler/device/copies.hpp"

namespace fluxscope::profiler {

/// Uploads tiles, lists, page tables and sequences of one case into `memory`, which must outlive
/// it; one DeviceCase at a time per memory. KV is contiguous or paged as the plan says, bf16.
/// Throws InputError where the device has too little memory.
class DeviceCase {
 public:
  DeviceCase(plan::LayerPlan const& plan, plan::LayerWork const& work, CaseMemory& memory,
             std::int64_t l2_bytes, cudaStream_t stream);

  [[nodiscard]] std::size_t launches() const { return work_.launches.size(); }
  [[nodiscard]] plan::WorkList const& list(std::size_t index) const {
    return work_.launches[index];
  }
  [[nodiscard]] std::uint32_t copies() const { return copies_.copies; }
  [[nodiscard]] bool beyond_l2() const { return copies_.beyond_l2; }

  /// Places on the chip to measure it at: plan::turns_of() of its launches, the most.
  [[nodiscard]] std::uint32_t turns() const { return turns_; }

  /// Where an execution takes its data from and where on the chip its CTAs begin.
  struct Place {
    std::uint32_t copy = 0;
    std::uint32_t turn = 0;  ///< below turns(); see plan::turned()
  };

  /// Enqueues launch `index`. `probe` buffers may be null with level off.
  void launch(std::size_t index, Place place, kernels::ProbeLevel level,
              kernels::ProbeBuffers const& probe, cudaStream_t stream) const;
  /// Enqueues all launches in order, probe off.
  void launch_all(Place place, cudaStream_t stream) const;
  [[nodiscard]] kernels::KernelFacts facts(std::size_t index, kernels::ProbeLevel level) const;

  /// First and number of output elements, for tests that compare runs.
  [[nodiscard]] __nv_bfloat16 const* output() const { return memory_.o.data(); }
  [[nodiscard]] std::int64_t output_elements() const { return layout_.q_elements; }

 private:
  /// Offsets of one launch's tables in the upload.
  struct LaunchTables {
    std::vector<std::size_t> tiles;      // [turns of the launch]
    std::vector<std::size_t> cta_begin;  // [turns of the launch]
    std::size_t block_list = 0;
    std::size_t queue = 0;
  };

  void upload(cudaStream_t stream);
  [[nodiscard]] kernels::TileTable tile_table(std::size_t index, std::uint32_t turn) const;
  [[nodiscard]] kernels::KvParams cache(std::uint32_t copy) const;
  [[nodiscard]] kernels::KvParams pages(std::uint32_t copy) const;
  [[nodiscard]] kernels::AttentionParams attention(std::size_t index, Place place) const;

  plan::LayerPlan const& plan_;
  plan::LayerWork const& work_;
  CaseMemory& memory_;
  runs::CaseLayout layout_;
  CopyCount copies_;
  std::vector<LaunchTables> tables_;
  std::int32_t sm_count_;
  std::uint32_t turns_ = 1;
  std::size_t sequences_ = 0;
  std::size_t page_table_ = 0;
};

}  // namespace fluxscope::profiler

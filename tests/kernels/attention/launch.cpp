#include "tests/kernels/attention/launch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/attention/combine/launch.hpp"
#include "kernels/attention/gather_kv/launch.hpp"
#include "tests/kernels/support/device_table.hpp"

namespace fluxscope::testing {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

bool is_decode(Launches const& launches) {
  return std::any_of(launches.begin(), launches.end(),
                     [](auto const& list) { return list.op == plan::LaunchOp::decode; });
}

/// Rows of the partial buffers that the launches share.
std::size_t partial_rows(Launches const& launches) {
  std::int32_t slots = 0;
  for (plan::WorkList const& list : launches) slots = std::max(slots, list.partial_slots);
  return static_cast<std::size_t>(
      slots * (is_decode(launches) ? kernels::kDecodeSlotRows : kernels::kPrefillSlotRows));
}

/// Copies what the tiles name from the contiguous cache into `params.kv`'s pages.
void gather(kernels::AttentionParams const& params, kernels::KvParams const& source) {
  kernels::GatherKvParams gather;
  gather.source = source;
  gather.k_pages = const_cast<__nv_bfloat16*>(params.kv.k);
  gather.v_pages = const_cast<__nv_bfloat16*>(params.kv.v);
  gather.page_table = params.kv.page_table;
  gather.pages_per_head = params.kv.pages_per_head;
  gather.sequences = params.sequences;
  gather.work = params.work;
  gather.kv_heads = params.kv_heads;
  gather.head_dim = params.head_dim;
  kernels::launch_gather_kv(gather, kernels::ProbeLevel::off, nullptr);
}

/// Device copies of the inputs.
class DeviceInputs {
 public:
  explicit DeviceInputs(AttentionInputs const& inputs)
      : q_(to_bf16(inputs.q)),
        sequences_(inputs.sequences),
        source_k_(to_bf16(inputs.cache.k())),
        source_v_(to_bf16(inputs.cache.v())),
        k_(to_bf16(inputs.pages.k)),
        v_(to_bf16(inputs.pages.v)),
        page_table_(inputs.pages.page_table),
        source_{.k = source_k_.get(),
                .v = source_v_.get(),
                .token_stride = inputs.cache.token_stride()} {
    KvCacheShape const& shape = inputs.cache.shape();
    params_.q = q_.get();
    params_.kv = source_;
    if (!inputs.pages.page_table.empty()) {
      params_.kv = {.k = k_.get(),
                    .v = v_.get(),
                    .page_table = page_table_.get(),
                    .page_tokens = inputs.pages.page_tokens,
                    .pages_per_head = inputs.pages.pages_per_head};
    }
    params_.sequences = sequences_.get();
    params_.q_heads = inputs.q_heads;
    params_.kv_heads = shape.kv_heads;
    params_.head_dim = shape.head_dim;
    params_.softmax_scale = 1.0f / std::sqrt(static_cast<float>(shape.head_dim));
  }

  [[nodiscard]] kernels::AttentionParams const& params() const { return params_; }
  [[nodiscard]] kernels::KvParams const& source() const { return source_; }

 private:
  DeviceArray<__nv_bfloat16> q_;
  DeviceArray<kernels::SequenceParams> sequences_;
  DeviceArray<__nv_bfloat16> source_k_, source_v_, k_, v_;
  DeviceArray<std::int32_t> page_table_;
  kernels::KvParams source_;
  kernels::AttentionParams params_;
};

}  // namespace

KvPages pages_before(plan::LayerWork const& work, KvCache const& cache) {
  if (work.kv.page_table.empty()) return {};
  bool const gathers = work.launches.front().op == plan::LaunchOp::gather_kv;
  return cache.pages(work.kv.page_table, plan::kBlockTokens, !gathers);
}

AttentionResult run_launches(AttentionInputs const& inputs, Launches const& launches,
                             AttentionLauncher const& attention, ProbeCapacity probe) {
  DeviceInputs const device(inputs);
  auto const d = static_cast<std::size_t>(inputs.cache.shape().head_dim);
  std::size_t const slot_rows = partial_rows(launches);
  DeviceArray const o(to_bf16(std::vector<float>(inputs.q.size(), kNan)));
  DeviceArray<float> const lse(std::vector<float>(inputs.q.size() / d, kNan));
  DeviceArray<float> const o_partial(std::vector<float>(slot_rows * d, kNan));
  DeviceArray<float> const lse_partial(std::vector<float>(slot_rows, kNan));
  DeviceArray<kernels::WarpRecord> const warps(std::vector(probe.warps, kernels::WarpRecord{}));
  DeviceArray<kernels::TileRecord> const tiles(std::vector(probe.tiles, kernels::TileRecord{}));

  kernels::AttentionParams params = device.params();
  params.o = o.get();
  params.lse = lse.get();
  params.o_partial = o_partial.get();
  params.lse_partial = lse_partial.get();
  params.probe = {warps.get(), tiles.get(), probe.warps, probe.tiles};
  for (plan::WorkList const& list : launches) {
    DeviceTable const table(list);
    params.work = table.table();
    if (list.op == plan::LaunchOp::gather_kv) {
      gather(params, device.source());
    } else if (list.op == plan::LaunchOp::combine) {
      kernels::launch_combine(params, is_decode(launches), {}, nullptr);
    } else {
      attention(params, probe.warps > 0 ? kernels::ProbeLevel::l0 : kernels::ProbeLevel::off,
                nullptr);
    }
    FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());  // before `table` is freed
    EXPECT_EQ(table.queue(), 0u) << "a launch left its queue in use";
  }

  AttentionResult result;
  for (__nv_bfloat16 const x : o.download()) {
    result.o_bits.push_back(__bfloat16_as_ushort(x));
    result.o.push_back(__bfloat162float(x));
  }
  result.lse = lse.download();
  result.warps = warps.download();
  result.tiles = tiles.download();
  return result;
}

}  // namespace fluxscope::testing

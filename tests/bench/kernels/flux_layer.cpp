#include "tests/bench/kernels/flux_layer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <vector>

#include "base/statistics.hpp"
#include "kernels/attention/prefill_kernel.hpp"
#include "kernels/routing/flux_layer.hpp"
#include "plan/layer/kv_sections.hpp"
#include "plan/layer/names.hpp"
#include "tests/bench/kernels/decode.hpp"
#include "tests/bench/kernels/graph_replay.hpp"
#include "tests/kernels/support/device_table.hpp"

namespace fluxscope::bench {
namespace {

using testing::DeviceArray;
using testing::DeviceTable;

constexpr std::int32_t kHeadDim = 128;
constexpr plan::AttentionShape kShape{.q_heads = 32, .kv_heads = 8, .head_dim = kHeadDim};
constexpr std::int32_t kMostTokens = 131072;  // of the whole batch
constexpr plan::Selection kStreaming{
    .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};

struct LayerCase {
  std::int32_t batch = 1;
  std::int32_t tokens = 0;  ///< q_len = kv_len of each sequence
  bool full = false;        ///< the gate of all of them
  plan::PrefillKernel kernel = plan::PrefillKernel::prefill_mma;
};

kernels::KernelFacts facts(plan::PrefillKernel kernel) {
  return kernels::prefill_facts(kernel, kHeadDim, kernels::ProbeLevel::off);
}

int device_attribute(cudaDeviceAttr attribute) {
  int value = 0;
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetAttribute(&value, attribute, 0));
  return value;
}

plan::DeviceSlots device_slots(plan::PrefillKernel kernel) {
  return {.sm_count = device_attribute(cudaDevAttrMultiProcessorCount),
          .kv_section_bytes = plan::kv_section_bytes(device_attribute(cudaDevAttrL2CacheSize)),
          .prefill_ctas_per_sm = facts(kernel).ctas_per_sm};
}

/// Tensors of kMostTokens tokens, normal random; a router whose last bias is the gate.
class LayerMemory {
 public:
  LayerMemory()
      : q_(std::size_t{kMostTokens} * 32 * kHeadDim),
        o_(q_.size()),
        k_(std::size_t{kMostTokens} * 8 * kHeadDim),
        v_(k_.size()),
        lse_(std::size_t{kMostTokens} * 32) {
    fill_normal(q_.get(), q_.size(), 1);
    fill_normal(k_.get(), k_.size(), 2);
    fill_normal(v_.get(), v_.size(), 3);
    for (int layer = 0; layer < kernels::kRouterLayers; ++layer) {
      auto const [in, out] = kernels::router_width(layer, kHeadDim);
      auto const i = static_cast<std::size_t>(layer);
      weights_[i].emplace(static_cast<std::size_t>(in * out));
      biases_[i].emplace(std::vector<__nv_bfloat16>(static_cast<std::size_t>(out)));
      fill_normal(weights_[i]->get(), weights_[i]->size(), static_cast<std::uint32_t>(10 + layer));
    }
    FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
  }

  /// From here on the router's gates are all `full`.
  void set_gate(bool full) {
    auto const last = std::size_t{kernels::kRouterLayers - 1};
    weights_[last].emplace(std::vector<__nv_bfloat16>(2 * kHeadDim));  // zeros
    biases_[last].emplace(std::vector<__nv_bfloat16>{__float2bfloat16(full ? 0.0f : 1.0f),
                                                     __float2bfloat16(full ? 1.0f : 0.0f)});
  }

  void copy_to(kernels::FluxLayerParams& params) const {
    params.router.q = q_.get();
    for (std::size_t i = 0; i < kernels::kRouterLayers; ++i) {
      params.router.layers[i] = {weights_[i]->get(), biases_[i]->get()};
    }
    params.router.weight_type = kernels::RouterWeightType::bfloat16;
    params.attention.q = q_.get();
    params.attention.kv = {.k = k_.get(), .v = v_.get(), .token_stride = kHeadDim};
    params.attention.o = o_.get();
    params.attention.lse = lse_.get();
  }

 private:
  DeviceArray<__nv_bfloat16> q_, o_, k_, v_;
  DeviceArray<float> lse_;
  std::optional<DeviceArray<__nv_bfloat16>> weights_[kernels::kRouterLayers];
  std::optional<DeviceArray<__nv_bfloat16>> biases_[kernels::kRouterLayers];
};

plan::WorkList cpu_table(LayerCase const& one) {
  plan::LayerPlan plan{.phase = plan::Phase::prefill,
                       .shape = kShape,
                       .execution = plan::Execution::fused,
                       .scheduler = plan::Scheduler::persistent};
  for (std::int32_t seq = 0; seq < one.batch; ++seq) {
    plan.sequences.push_back({one.tokens, one.tokens});
    plan.selections.insert(plan.selections.end(), std::size_t{32},
                           one.full ? plan::Selection{} : kStreaming);
  }
  return plan::make_layer_work(plan, device_slots(one.kernel)).launches.at(0);
}

std::vector<kernels::SequenceParams> sequences_of(LayerCase const& one) {
  std::vector<kernels::SequenceParams> sequences;
  std::int64_t const head = std::int64_t{one.tokens} * kHeadDim;
  for (std::int32_t seq = 0; seq < one.batch; ++seq) {
    sequences.push_back({.q_len = one.tokens,
                         .kv_len = one.tokens,
                         .q_row_begin = std::int64_t{seq} * one.tokens,
                         .kv_offset = seq * 8 * head,
                         .kv_head_stride = head});
  }
  return sequences;
}

std::vector<std::int32_t> section_rows(LayerCase const& one) {
  std::vector<plan::SequenceShape> const shapes(static_cast<std::size_t>(one.batch),
                                                {one.tokens, one.tokens});
  return plan::section_first_rows(kShape, shapes, device_slots(one.kernel).kv_section_bytes);
}

/// A layer ready to be enqueued, whole or in parts.
class FluxLayer {
 public:
  FluxLayer(LayerCase const& one, LayerMemory const& memory)
      : kernel_(one.kernel),
        table_(cpu_table(one)),
        sequences_(sequences_of(one)),
        sections_(section_rows(one)),
        router_workspace_(kernels::router_workspace_floats(one.batch, kHeadDim)),
        logits_(static_cast<std::size_t>(one.batch) * 2),
        gate_(std::vector<std::int32_t>(static_cast<std::size_t>(one.batch), -1)),
        tiles_(static_cast<std::size_t>(table_.table().tile_count)),
        count_(std::size_t{1}),
        queue_(std::vector<std::uint32_t>(1, 0)) {
    memory.copy_to(params_);
    params_.router.sequences = sequences_.get();
    params_.router.batch = one.batch;
    params_.router.q_heads = kShape.q_heads;
    params_.router.head_dim = kHeadDim;
    params_.router.workspace = router_workspace_.get();
    params_.router.logits = logits_.get();
    params_.router.gate = gate_.get();
    params_.plan.sparse = kStreaming;
    params_.plan.section_begin = sections_.get();
    params_.plan.sections = static_cast<std::int32_t>(sections_.size());
    params_.plan.kv_blocks = plan::blocks_of(one.tokens);
    params_.plan.tile_capacity = table_.table().tile_count;
    params_.plan.tiles = tiles_.get();
    params_.plan.tile_count = count_.get();
    workspace_.emplace(kernels::plan_gpu_workspace_bytes(
        params_.plan.tile_capacity, params_.plan.sections, params_.plan.kv_blocks));
    params_.plan.workspace = workspace_->get();
    params_.attention.sequences = sequences_.get();
    params_.attention.q_heads = kShape.q_heads;
    params_.attention.kv_heads = kShape.kv_heads;
    params_.attention.head_dim = kHeadDim;
    params_.attention.softmax_scale = 1.0f / std::sqrt(static_cast<float>(kHeadDim));
    params_.attention.work.queue = queue_.get();
    params_.attention.work.grid_ctas = table_.table().grid_ctas;
  }

  void router(cudaStream_t stream) const { kernels::launch_router(params_.router, {}, stream); }
  void plan_gpu(cudaStream_t stream) const {
    kernels::launch_plan_gpu(kernels::flux_plan(params_), {}, stream);
  }
  void whole(cudaStream_t stream) const {
    kernels::launch_flux_layer(params_, {.kernel = kernel_}, stream);
  }
  void attention(cudaStream_t stream) const {
    kernels::AttentionParams attention = params_.attention;
    attention.work = table_.table();
    kernels::launch_prefill(kernel_, attention, kernels::ProbeLevel::off, stream);
  }
  [[nodiscard]] std::vector<std::int32_t> gate() const { return gate_.download(); }

 private:
  plan::PrefillKernel kernel_;
  DeviceTable table_;
  DeviceArray<kernels::SequenceParams> sequences_;
  DeviceArray<std::int32_t> sections_;
  DeviceArray<float> router_workspace_, logits_;
  DeviceArray<std::int32_t> gate_;
  DeviceArray<plan::Tile> tiles_;
  DeviceArray<std::int32_t> count_;
  DeviceArray<std::uint32_t> queue_;
  std::optional<DeviceArray<std::uint8_t>> workspace_;
  kernels::FluxLayerParams params_;
};

/// Median microseconds of `part` of the layer.
double time_part(FluxLayer const& layer, void (FluxLayer::*part)(cudaStream_t) const,
                 std::size_t launches) {
  auto const us =
      replay(launches, [&](std::size_t, cudaStream_t stream) { (layer.*part)(stream); });
  return median(us);
}

void print_layer(LayerCase const& one, LayerMemory& memory) {
  memory.set_gate(one.full);
  FluxLayer const layer(one, memory);
  // Long layers need no repetition, short ones a millisecond.
  bool const is_long = one.tokens * one.batch > 16384;
  std::size_t const layers = !is_long ? 20 : one.full ? 1 : 4;
  // ABBA: the clock drifts while the card warms up.
  double const first = time_part(layer, &FluxLayer::attention, layers);
  double const second = time_part(layer, &FluxLayer::whole, layers);
  double const third = time_part(layer, &FluxLayer::whole, layers);
  double const fourth = time_part(layer, &FluxLayer::attention, layers);
  double const attention = (first + fourth) / 2;
  double const whole = (second + third) / 2;
  bool const as_set = layer.gate()[0] == (one.full ? 1 : 0);
  std::printf(
      "%-13s b%-2d kv%-6d gate %d%s attention %10.1f us, whole layer %10.1f us (%+6.1f us, %+5.2f "
      "%%); router alone %5.1f us, plan_gpu alone %5.1f us\n",
      plan::to_text(one.kernel).c_str(), one.batch, one.tokens, one.full ? 1 : 0,
      as_set ? "" : " (NOT AS SET)", attention, whole, whole - attention,
      (whole / attention - 1) * 100, time_part(layer, &FluxLayer::router, 20),
      time_part(layer, &FluxLayer::plan_gpu, 20));
  std::fflush(stdout);
}

}  // namespace

void print_layer_times(plan::PrefillKernel kernel) {
  LayerMemory memory;
  for (std::int32_t const batch : {1, 8}) {
    for (std::int32_t tokens = 2048; tokens * batch <= kMostTokens; tokens *= 4) {
      for (bool const full : {false, true}) {
        print_layer({.batch = batch, .tokens = tokens, .full = full, .kernel = kernel}, memory);
      }
    }
  }
}

}  // namespace fluxscope::bench

#include "tests/kernels/routing/flux_problem.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/cuda/stream.hpp"
#include "base/error.hpp"
#include "tests/kernels/routing/router/checkpoint.hpp"
#include "tests/kernels/routing/router/problem.hpp"

namespace fluxscope::testing {
namespace {

constexpr std::int32_t kGridCtas = 20;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr plan::Selection kStreaming{
    .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 256};

/// What plan_gpu writes, and the queue of the attention that reads it.
class PlanBuffers {
 public:
  explicit PlanBuffers(kernels::PlanGpuParams const& params)
      : tiles_(static_cast<std::size_t>(params.tile_capacity)),
        count_(std::size_t{1}),
        workspace_(kernels::plan_gpu_workspace_bytes(params.tile_capacity, params.sections,
                                                     params.kv_blocks)),
        queue_(std::vector<std::uint32_t>(1, 0)) {}

  void copy_to(kernels::PlanGpuParams& params) const {
    params.tiles = tiles_.get();
    params.tile_count = count_.get();
    params.workspace = workspace_.get();
  }
  [[nodiscard]] std::uint32_t* queue() const { return queue_.get(); }
  /// Waits for the device.
  void expect_free_queue() const {
    EXPECT_EQ(queue_.download()[0], 0u) << "the attention launch left its queue in use";
  }

 private:
  DeviceArray<plan::Tile> tiles_;
  DeviceArray<std::int32_t> count_;
  DeviceArray<std::uint8_t> workspace_;
  DeviceArray<std::uint32_t> queue_;
};

template <class T>
void overwrite(T* array, std::vector<T> const& values) {
  FLUXSCOPE_CUDA_CHECK(
      cudaMemcpy(array, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice));
}

/// Overwrites what the launches of a layer of `rows` query rows leave.
void spoil_results(kernels::FluxLayerParams const& params, std::size_t rows) {
  auto const heads = static_cast<std::size_t>(params.router.q_heads);
  auto const d = static_cast<std::size_t>(params.router.head_dim);
  overwrite(params.attention.o, to_bf16(std::vector<float>(rows * heads * d, kNan)));
  overwrite(params.attention.lse, std::vector<float>(rows * heads, kNan));
  overwrite(params.router.gate,
            std::vector<std::int32_t>(static_cast<std::size_t>(params.router.batch), -7));
  overwrite(params.plan.tile_count, std::vector<std::int32_t>{0});
}

/// Replays a graph of what `enqueue` enqueues; `before_last` runs while the device is idle. A
/// synchronising call in `enqueue` would end the capture with an error.
template <class Enqueue, class BeforeLast>
void replay_captured(int replays, Enqueue const& enqueue, BeforeLast const& before_last) {
  Stream const own;
  cudaStream_t const stream = own.get();
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t exec = nullptr;
  FLUXSCOPE_CUDA_CHECK(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
  enqueue(stream);
  FLUXSCOPE_CUDA_CHECK(cudaStreamEndCapture(stream, &graph));
  FLUXSCOPE_CUDA_CHECK(cudaGraphInstantiate(&exec, graph, 0));
  for (int i = 0; i < replays; ++i) {
    if (i + 1 == replays) {
      FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
      before_last();
      FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
    }
    FLUXSCOPE_CUDA_CHECK(cudaGraphLaunch(exec, stream));
  }
  own.synchronize();
  FLUXSCOPE_CUDA_CHECK(cudaGraphExecDestroy(exec));
  FLUXSCOPE_CUDA_CHECK(cudaGraphDestroy(graph));
}

PrefillSetup flux_setup(std::int32_t head_dim) {
  return {.head_dim = head_dim,
          .q_heads = 8,
          .kv_heads = 2,
          .sequences = {{900, 900}, {300, 300}, {150, 700}, {513, 1300}}};
}

/// Logits of class 1 minus class 0 of each sequence.
std::vector<double> margins(PrefillSetup const& setup,
                            kernels::RouterReferenceWeights const& weights) {
  std::vector<double> margins;
  for (std::size_t seq = 0; seq < setup.sequences.size(); ++seq) {
    std::int32_t const q_len = setup.sequences[seq].q_len;
    auto const q = drifting_queries(q_len, setup.q_heads, setup.head_dim, seq + 1);
    auto const result =
        kernels::router_reference(q, q_len, setup.q_heads, setup.head_dim, 100, weights);
    margins.push_back(result.logits[1] - result.logits[0]);
  }
  return margins;
}

/// Random weights whose last bias splits the batch in halves.
kernels::RouterReferenceWeights splitting_weights(PrefillSetup const& setup) {
  auto weights = random_router_weights(setup.head_dim, 3);
  auto sorted = margins(setup, weights);
  std::sort(sorted.begin(), sorted.end());
  std::size_t const half = sorted.size() / 2;
  double const shift = (sorted[half - 1] + sorted[half]) / 2;
  weights.bias[4][0] = rounded_bf16(static_cast<double>(weights.bias[4][0]) + shift);
  return weights;
}

/// The queries of the router, in the rows of PrefillProblem; rows of no sequence are NaN.
std::vector<float> router_queries(PrefillSetup const& setup) {
  std::vector<float> q;
  auto const row = static_cast<std::size_t>(setup.q_heads * setup.head_dim);
  for (std::size_t seq = 0; seq < setup.sequences.size(); ++seq) {
    q.insert(q.end(), row, kNan);
    auto const part =
        drifting_queries(setup.sequences[seq].q_len, setup.q_heads, setup.head_dim, seq + 1);
    q.insert(q.end(), part.begin(), part.end());
  }
  return q;
}

kernels::RouterWeights through_a_file(kernels::RouterReferenceWeights const& weights,
                                      std::int32_t head_dim) {
  CheckpointFolder const folder;
  folder.write("model.safetensors", router_tensors(5, head_dim, weights, "BF16"));
  return kernels::RouterCheckpoint(folder.path()).load(5, head_dim);
}

}  // namespace

AttentionLauncher planned_on_gpu(plan::PrefillKernel kernel, kernels::PlanGpuParams plan) {
  return [=](kernels::AttentionParams params, kernels::ProbeLevel level, cudaStream_t stream) {
    PlanBuffers const buffers(plan);
    kernels::PlanGpuParams complete = plan;
    complete.sequences = params.sequences;
    buffers.copy_to(complete);
    kernels::launch_plan_gpu(complete, {}, stream);
    params.work = {.tiles = complete.tiles,
                   .block_list = complete.lists.columns,
                   .queue = buffers.queue(),
                   .device_tile_count = complete.tile_count,
                   .tile_count = complete.tile_capacity,
                   .grid_ctas = kGridCtas};
    prefill_launcher(kernel)(params, level, stream);
    buffers.expect_free_queue();  // waits before `buffers` are freed
  };
}

FluxProblem::FluxProblem(plan::PrefillKernel kernel, std::int32_t head_dim)
    : kernel_(kernel), setup_(flux_setup(head_dim)), router_q_(router_queries(setup_)) {
  auto const weights = splitting_weights(setup_);
  weights_ = through_a_file(weights, head_dim);
  selection_ = streaming_selection(setup_, 1, 2);  // the blocks of kStreaming
  PrefillSelection const everything = full_selection(setup_);
  std::size_t row = 0;
  for (double const margin : margins(setup_, weights)) {
    expects(std::abs(margin) > 1e-3, "a near tie tests nothing");
    std::size_t const seq = gate_.size();
    gate_.push_back(margin > 0 ? 1 : 0);
    for (std::int32_t i = 0; i < setup_.q_heads * setup_.q_blocks(seq); ++i, ++row) {
      if (gate_.back() == 1) selection_[row] = everything[row];
    }
  }
}

PrefillProblem FluxProblem::problem(AttentionLauncher launcher) const {
  return {setup_, selection_, std::move(launcher)};
}

plan::LayerWork FluxProblem::work(std::vector<std::int32_t> const& gate) const {
  plan::LayerPlan plan{.phase = plan::Phase::prefill,
                       .shape = {.q_heads = setup_.q_heads,
                                 .kv_heads = setup_.kv_heads,
                                 .head_dim = setup_.head_dim},
                       .sequences = setup_.sequences,
                       .execution = plan::Execution::fused,
                       .scheduler = plan::Scheduler::persistent};
  for (std::int32_t const open : gate) {
    plan.selections.insert(plan.selections.end(), static_cast<std::size_t>(setup_.q_heads),
                           open == 1 ? plan::Selection{} : kStreaming);
  }
  return plan::make_layer_work(plan, {.sm_count = kGridCtas});
}

AttentionResult FluxProblem::run_flux(int replays, std::vector<std::int32_t>& gate) const {
  auto const batch = static_cast<std::int32_t>(setup_.sequences.size());
  RouterMemory const router({batch, setup_.q_heads, setup_.head_dim}, router_q_, weights_);
  auto const flux = [&](kernels::AttentionParams const& attention, kernels::ProbeLevel,
                        cudaStream_t) {
    kernels::FluxLayerParams params;
    params.router = router.params();
    params.router.sequences = attention.sequences;
    params.plan.sparse = kStreaming;
    params.plan.kv_blocks = 16;
    params.plan.tile_capacity = attention.work.tile_count + 9;
    PlanBuffers const buffers(params.plan);
    buffers.copy_to(params.plan);
    params.attention = attention;
    params.attention.work = {.queue = buffers.queue(), .grid_ctas = kGridCtas};
    std::size_t const rows =
        router_q_.size() / static_cast<std::size_t>(setup_.q_heads * setup_.head_dim);
    FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());  // uploads
    replay_captured(
        replays,
        [&](cudaStream_t stream) {
          kernels::launch_flux_layer(params, {.kernel = kernel_}, stream);
        },
        [&] { spoil_results(params, rows); });
    buffers.expect_free_queue();
  };
  AttentionResult result = problem(flux).run_layer(work(gate_));
  gate = router.gate();
  return result;
}

AttentionResult FluxProblem::run_planned(std::vector<std::int32_t> const& gate) const {
  return problem(prefill_launcher(kernel_)).run_layer(work(gate));
}

::testing::AssertionResult FluxProblem::matches(AttentionResult const& result) const {
  return problem(prefill_launcher(kernel_)).matches(result);
}

}  // namespace fluxscope::testing

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "base/statistics.hpp"
#include "kernels/routing/plan_gpu/launch.hpp"
#include "plan/layer/kv_sections.hpp"
#include "tests/bench/kernels/flux_layer.hpp"
#include "tests/bench/kernels/graph_replay.hpp"
#include "tests/kernels/support/device_array.hpp"

namespace fluxscope::bench {
namespace {

using testing::DeviceArray;

constexpr plan::AttentionShape kShape{.q_heads = 32, .kv_heads = 8, .head_dim = 128};
constexpr plan::Selection kStreaming{
    .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};
constexpr std::size_t kLaunches = 50;

/// Every other sequence is full; of a single one, every other head.
struct PlanCase {
  std::int32_t batch = 1;
  std::int32_t q_len = 0;
  std::int32_t kv_len = 0;
  bool sections = false;
  bool lists = false;  ///< sparse rows have random lists instead of streaming ranges

  [[nodiscard]] std::int32_t rows() const {
    return batch * kShape.q_heads * plan::blocks_of(q_len);
  }
};

std::int64_t section_bytes(PlanCase const& one) {
  if (!one.sections) return 0;
  int l2_bytes = 0;
  FLUXSCOPE_CUDA_CHECK(cudaDeviceGetAttribute(&l2_bytes, cudaDevAttrL2CacheSize, 0));
  return plan::kv_section_bytes(l2_bytes);
}

/// The inputs of one case on the device, and room for its table.
class PlanLaunch {
 public:
  explicit PlanLaunch(PlanCase const& one)
      : shapes_(static_cast<std::size_t>(one.batch), {one.q_len, one.kv_len}),
        sections_(plan::section_first_rows(kShape, shapes_, section_bytes(one))),
        tiles_(static_cast<std::size_t>(one.rows())),
        count_(std::size_t{1}) {
    std::vector<kernels::SequenceParams> sequences;
    std::vector<std::int32_t> gate;
    std::vector<std::uint8_t> flags;
    for (std::int32_t seq = 0; seq < one.batch; ++seq) {
      sequences.push_back({.q_len = one.q_len, .kv_len = one.kv_len});
      gate.push_back(seq % 2);
    }
    for (std::int32_t head = 0; head < kShape.q_heads; ++head) {
      flags.push_back(static_cast<std::uint8_t>(one.batch == 1 ? head / 4 % 2 : 0));
    }
    sequences_.emplace(sequences);
    gate_.emplace(gate);
    flags_.emplace(flags);
    params_.sequences = sequences_->get();
    params_.batch = one.batch;
    params_.q_heads = kShape.q_heads;
    params_.gate = gate_->get();
    params_.full_heads = flags_->get();
    params_.sparse = kStreaming;
    if (one.lists) add_lists(one);
    params_.section_begin = sections_.get();
    params_.sections = static_cast<std::int32_t>(sections_.size());
    params_.kv_blocks = plan::blocks_of(one.kv_len);
    params_.tile_capacity = one.rows();
    workspace_.emplace(kernels::plan_gpu_workspace_bytes(params_.tile_capacity, params_.sections,
                                                         params_.kv_blocks));
    params_.workspace = workspace_->get();
    params_.tiles = tiles_.get();
    params_.tile_count = count_.get();
  }

  [[nodiscard]] kernels::PlanGpuParams const& params() const { return params_; }
  [[nodiscard]] bool made_a_table() const { return count_.download()[0] == params_.tile_capacity; }

 private:
  /// Counts alone: plan_gpu does not read the columns.
  void add_lists(PlanCase const& one) {
    Random random(7);
    std::vector<std::int32_t> count;
    for (std::int32_t row = 0; row < one.rows(); ++row) {
      std::int32_t const visible =
          plan::visible_blocks(one.q_len, one.kv_len, row % plan::blocks_of(one.q_len));
      count.push_back(static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(visible))));
    }
    list_begin_.emplace(std::vector<std::int64_t>(count.size(), 0));
    list_count_.emplace(count);
    params_.sparse = {.kind = plan::SelectionKind::blocks};
    params_.lists = {.row_begin = list_begin_->get(), .row_count = list_count_->get()};
  }

  std::vector<plan::SequenceShape> shapes_;
  DeviceArray<std::int32_t> sections_;
  DeviceArray<plan::Tile> tiles_;
  DeviceArray<std::int32_t> count_;
  std::optional<DeviceArray<kernels::SequenceParams>> sequences_;
  std::optional<DeviceArray<std::int32_t>> gate_;
  std::optional<DeviceArray<std::uint8_t>> flags_;
  std::optional<DeviceArray<std::uint8_t>> workspace_;
  std::optional<DeviceArray<std::int64_t>> list_begin_;
  std::optional<DeviceArray<std::int32_t>> list_count_;
  kernels::PlanGpuParams params_;
};

/// The CPU planner's microseconds for the same layer; the least of three runs.
double cpu_us(PlanCase const& one) {
  plan::LayerPlan plan{.phase = plan::Phase::prefill,
                       .shape = kShape,
                       .execution = plan::Execution::fused,
                       .scheduler = plan::Scheduler::persistent};
  for (std::int32_t seq = 0; seq < one.batch; ++seq) {
    plan.sequences.push_back({one.q_len, one.kv_len});
    for (std::int32_t head = 0; head < kShape.q_heads; ++head) {
      bool const full = one.batch == 1 ? head / 4 % 2 == 1 : seq % 2 == 1;
      plan.selections.push_back(full ? plan::Selection{} : kStreaming);
    }
  }
  double least = 1e30;
  for (int run = 0; run < 3; ++run) {
    auto const begin = std::chrono::steady_clock::now();
    auto const work =
        plan::make_layer_work(plan, {.sm_count = 132, .kv_section_bytes = section_bytes(one)});
    std::chrono::duration<double, std::micro> const passed =
        std::chrono::steady_clock::now() - begin;
    if (!work.launches.empty()) least = std::min(least, passed.count());
  }
  return least;
}

void print_plan(PlanCase const& one) {
  PlanLaunch const launch(one);
  auto const us = replay(kLaunches, [&](std::size_t, cudaStream_t stream) {
    kernels::launch_plan_gpu(launch.params(), {}, stream);
  });
  std::printf("plan_gpu     b%-2d q_len %-7d kv_len %-8d %-9s %2d sections %7d tiles %8.2f us",
              one.batch, one.q_len, one.kv_len, one.lists ? "lists" : "streaming",
              launch.params().sections, launch.params().tile_capacity, median(us));
  if (!one.lists) std::printf("  CPU %9.0f us", cpu_us(one));
  std::printf("%s\n", launch.made_a_table() ? "" : "  NO TABLE");
}

}  // namespace

void print_plan_times() {
  auto const facts = kernels::plan_gpu_facts(1, 1, 1024, {});
  std::printf("plan_gpu: %d threads, %d registers, %lld bytes smem at 1024 blocks, %lld local\n",
              facts.threads_per_cta, facts.registers_per_thread,
              static_cast<long long>(facts.smem_bytes), static_cast<long long>(facts.local_bytes));
  for (bool const sections : {false, true}) {
    for (std::int32_t const batch : {1, 8}) {
      for (std::int32_t tokens = 2048; tokens <= 262144; tokens *= 2) {
        print_plan({.batch = batch, .q_len = tokens, .kv_len = tokens, .sections = sections});
      }
    }
  }
  for (bool const lists : {false, true}) {  // 65,536 tiles each
    print_plan({.q_len = 262144, .kv_len = 262144, .lists = lists});
    print_plan({.q_len = 262144, .kv_len = 1048576, .lists = lists});
    print_plan({.batch = 8, .q_len = 32768, .kv_len = 32768, .lists = lists});
  }
}

}  // namespace fluxscope::bench

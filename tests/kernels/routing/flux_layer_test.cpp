// Tables and gates made on the GPU give the bits of those made on the CPU.

#include "kernels/routing/flux_layer.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/random.hpp"
#include "plan/layer/kv_sections.hpp"
#include "tests/kernels/attention/prefill/suite.hpp"
#include "tests/kernels/routing/flux_problem.hpp"
#include "tests/kernels/routing/plan_gpu/problem.hpp"

namespace fluxscope::testing {
namespace {

class FluxLayer : public PrefillSuite {};

// Every unselected KV token is NaN: a wrong gate shows.
TEST_P(FluxLayer, ActsOnTheGateWithoutTheHost) {
  for (std::int32_t const head_dim : {64, 128}) {
    FluxProblem const problem(GetParam(), head_dim);
    auto const& want = problem.expected_gate();
    ASSERT_EQ(std::count(want.begin(), want.end(), 1), 2) << "the gates must differ";
    for (int const replays : {1, 3}) {
      std::vector<std::int32_t> gate;

      AttentionResult const flux = problem.run_flux(replays, gate);

      EXPECT_EQ(gate, want);
      EXPECT_TRUE(problem.matches(flux));
      EXPECT_TRUE(same_bits(flux, problem.run_planned(gate)));
    }
  }
}

/// Runs a layer from the CPU's table and from plan_gpu's.
class TwoTables {
 public:
  TwoTables(PlanGpuSetup setup, std::vector<std::vector<std::int32_t>> selection)
      : setup_(std::move(setup)), selection_(std::move(selection)) {}

  void expect_same_bits(plan::PrefillKernel kernel) {
    plan::LayerWork const work = plan::make_layer_work(
        layer_plan(setup_), {.sm_count = 20, .kv_section_bytes = setup_.kv_section_bytes});
    PrefillSetup const prefill{.q_heads = setup_.shape.q_heads,
                               .kv_heads = setup_.shape.kv_heads,
                               .sequences = setup_.sequences};
    PrefillProblem const on_cpu(prefill, selection_, prefill_launcher(kernel));
    DeviceArray const gate(setup_.gate);
    DeviceArray const flags(setup_.full_heads);
    DeviceArray const sections(
        plan::section_first_rows(setup_.shape, setup_.sequences, setup_.kv_section_bytes));
    auto const& lists = setup_.lists;
    DeviceArray const list_begin(lists.row_begin);
    std::vector<std::int32_t> counts;
    for (std::size_t row = 1; row < lists.row_begin.size(); ++row) {
      counts.push_back(static_cast<std::int32_t>(lists.row_begin[row] - lists.row_begin[row - 1]));
    }
    DeviceArray const list_count(counts);
    DeviceArray const columns(
        std::vector<std::uint32_t>(lists.columns.begin(), lists.columns.end()));
    kernels::PlanGpuParams params;
    params.batch = static_cast<std::int32_t>(setup_.sequences.size());
    params.q_heads = setup_.shape.q_heads;
    params.gate = gate.get();
    params.full_heads = flags.get();
    params.sparse = setup_.sparse;
    params.lists = {list_begin.get(), list_count.get(), columns.get()};
    params.section_begin = sections.get();
    params.sections = static_cast<std::int32_t>(sections.size());
    params.kv_blocks = 40;
    params.tile_capacity = setup_.rows();
    PrefillProblem const on_gpu(prefill, selection_, planned_on_gpu(kernel, params));

    AttentionResult const from_gpu = on_gpu.run_layer(work);

    EXPECT_TRUE(on_gpu.matches(from_gpu));
    EXPECT_TRUE(same_bits(from_gpu, on_cpu.run_layer(work)));
  }

 private:
  PlanGpuSetup setup_;
  PrefillSelection selection_;
};

PlanGpuSetup mixed_setup() {
  PlanGpuSetup setup;
  setup.shape = {.q_heads = 8, .kv_heads = 2, .head_dim = 128};
  setup.sequences = {{1500, 1500}, {200, 900}, {700, 2600}};
  setup.gate = {0, 1, 0};
  setup.full_heads = {0, 1, 0, 0, 1, 1, 1, 1};
  setup.kv_section_bytes = 1'000'000;  // sections of one and of two KV heads
  return setup;
}

/// The blocks of every row, from the selections that the CPU planner resolves.
PrefillSelection selection_of(PlanGpuSetup const& setup) {
  auto const work = plan::make_layer_work(layer_plan(setup), {.sm_count = 20});
  auto tiles = work.launches[0].tiles;
  std::sort(tiles.begin(), tiles.end(), [](plan::Tile const& a, plan::Tile const& b) {
    return std::tuple(a.seq, a.head, a.q_block) < std::tuple(b.seq, b.head, b.q_block);
  });
  PrefillSelection selection;
  for (plan::Tile const& tile : tiles) {
    auto& blocks = selection.emplace_back();
    for (std::int32_t i = 0; i < tile.sink_count; ++i) blocks.push_back(tile.sink_begin + i);
    for (std::int32_t i = tile.kv_begin; i < tile.kv_begin + tile.kv_count; ++i) {
      bool const listed = tile.kind == plan::TileKind::list;
      blocks.push_back(listed ? static_cast<std::int32_t>(
                                    work.launches[0].block_list[static_cast<std::size_t>(i)])
                              : i);
    }
  }
  return selection;
}

TEST_P(FluxLayer, AStreamingTableFromTheGpuGivesTheBitsOfTheCpus) {
  PlanGpuSetup setup = mixed_setup();
  setup.sparse = {.kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 256};
  TwoTables(setup, selection_of(setup)).expect_same_bits(GetParam());
}

TEST_P(FluxLayer, ATableOfListsFromTheGpuGivesTheBitsOfTheCpus) {
  PlanGpuSetup setup = mixed_setup();
  setup.sparse = {.kind = plan::SelectionKind::blocks};
  Random random(8);
  setup.lists = random_lists(setup, 0.3, random);  // some rows without a block
  TwoTables(setup, selection_of(setup)).expect_same_bits(GetParam());
}

/// `launcher`, which must wait for the device, where the last sequence has `lengths` on the device.
AttentionLauncher with_lengths(plan::SequenceShape lengths, std::size_t batch,
                               AttentionLauncher launcher) {
  return [=](kernels::AttentionParams params, kernels::ProbeLevel level, cudaStream_t stream) {
    std::vector<kernels::SequenceParams> sequences(batch);
    FLUXSCOPE_CUDA_CHECK(cudaMemcpy(sequences.data(), params.sequences,
                                    batch * sizeof(sequences[0]), cudaMemcpyDeviceToHost));
    sequences.back().q_len = lengths.q_len;
    sequences.back().kv_len = lengths.kv_len;
    DeviceArray const changed(sequences);
    params.sequences = changed.get();
    launcher(params, level, stream);
  };
}

bool is_untouched(AttentionResult const& result) {
  auto const is_nan = [](float x) { return std::isnan(x); };
  return std::all_of(result.o.begin(), result.o.end(), is_nan) &&
         std::all_of(result.lse.begin(), result.lse.end(), is_nan);
}

TEST_P(FluxLayer, AttentionOverWrongLengthsWritesNothing) {
  PrefillSetup const setup{.sequences = {{1500, 1500}, {200, 900}}};
  PrefillSelection const selection = streaming_selection(setup, 1, 2);
  kernels::PlanGpuParams plan;
  plan.batch = 2;
  plan.q_heads = setup.q_heads;
  plan.sparse = {.kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 256};
  plan.kv_blocks = 12;
  plan.tile_capacity = 4 * (12 + 2);
  auto const problem = [&](plan::SequenceShape lengths) {
    return PrefillProblem(setup, selection,
                          with_lengths(lengths, 2, planned_on_gpu(GetParam(), plan)));
  };
  Launches const launches = make_work(setup, selection, 1);
  PrefillProblem const right = problem({200, 900});
  ASSERT_TRUE(right.matches(right.run(launches)));

  for (plan::SequenceShape const lengths :
       {plan::SequenceShape{-200, 900}, plan::SequenceShape{200, 199},
        plan::SequenceShape{200, -900}, plan::SequenceShape{200, 1537}}) {
    EXPECT_TRUE(is_untouched(problem(lengths).run(launches)))
        << lengths.q_len << " of " << lengths.kv_len;
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, FluxLayer, ::testing::ValuesIn(kPrefillKernels), kernel_name);

}  // namespace
}  // namespace fluxscope::testing

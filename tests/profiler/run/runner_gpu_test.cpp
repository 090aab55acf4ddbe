// The runner end to end: real kernels, a tiny experiment, the trace read back.

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "kernels/device/wgmma_gpu.hpp"
#include "profiler/device/case.hpp"
#include "profiler/device/slots.hpp"
#include "profiler/run/experiment_runner.hpp"
#include "profiler/run/probe_regions.hpp"
#include "tests/close.hpp"
#include "tests/profiler/gpu_fixture.hpp"
#include "traces/file/reader.hpp"
#include "traces/file/writer.hpp"
#include "traces/pass.hpp"

namespace fluxscope::profiler {
namespace {

OutputFile trace_at(std::string const& path) { return {path, {.kinds = {traces::trace_kind()}}}; }

plan::Case make_case(std::uint32_t id, plan::Phase phase, plan::Execution execution,
                     plan::Scheduler scheduler, std::int32_t kv_len) {
  plan::Case layer_case{.case_id = id, .sparse_kind = "streaming", .full_kv_heads = 1};
  layer_case.name = "case" + std::to_string(id);
  layer_case.sparse = {plan::SelectionKind::streaming, 128, 1024, 0};
  plan::LayerPlan& plan = layer_case.plan;
  plan.phase = phase;
  plan.shape = {.q_heads = 8, .kv_heads = 2, .head_dim = 128};
  plan.sequences = {{phase == plan::Phase::prefill ? kv_len : 1, kv_len}};
  plan.execution = execution;
  plan.scheduler = scheduler;
  for (int head = 0; head < 8; ++head) {
    plan.selections.push_back(head < 4 ? plan::Selection{} : layer_case.sparse);
  }
  if (execution == plan::Execution::layer_uniform) plan.selections.assign(8, layer_case.sparse);
  return layer_case;
}

plan::Experiment tiny_experiment() {
  using enum plan::Execution;
  using plan::Phase;
  using plan::Scheduler;
  plan::Experiment experiment{.name = "tiny", .path = "tiny.toml", .toml = "# in code"};
  experiment.model.attention = {.q_heads = 8, .kv_heads = 2, .head_dim = 128};
  auto const add = [&](Phase phase, plan::Execution execution, Scheduler scheduler,
                       std::int32_t kv_len) {
    experiment.cases.push_back(make_case(static_cast<std::uint32_t>(experiment.cases.size()), phase,
                                         execution, scheduler, kv_len));
  };
  for (plan::Execution const execution : {layer_uniform, masked, gather, two_pool, fused}) {
    add(Phase::prefill, execution, Scheduler::natural, 4000);
    add(Phase::decode, execution, Scheduler::natural, 20000);
  }
  add(Phase::prefill, fused, Scheduler::persistent, 4096);
  add(Phase::decode, balanced, Scheduler::longest_first, 32768);
  add(Phase::decode, balanced, Scheduler::balanced_split, 32768);
  experiment.rows = {{.row_id = 0, .policy = "head_dynamic", .level = "head", .layer_cases = {0}}};
  experiment.measure = {.samples = 4, .min_samples = 2, .case_time_limit_ms = 50};
  return experiment;
}

class RunnerGpu : public GpuTest {
 protected:
  [[nodiscard]] plan::DeviceSlots slots(std::optional<plan::PrefillKernel> kernel = {}) const {
    return device_slots({.sm_count = sm_count_, .l2_bytes = 1 << 20}, 128, kernel);
  }

  std::vector<std::uint16_t> output(DeviceCase const& device_case) {
    std::vector<std::uint16_t> bits(static_cast<std::size_t>(device_case.output_elements()));
    FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
    FLUXSCOPE_CUDA_CHECK(cudaMemcpy(bits.data(), device_case.output(), bits.size() * sizeof bits[0],
                                    cudaMemcpyDeviceToHost));
    return bits;
  }
};

TEST_F(RunnerGpu, ProbedResultsAreBitwiseThoseOfTheCleanKernels) {
  std::vector<plan::PrefillKernel> prefill_kernels{plan::PrefillKernel::prefill_mma};
  if (kernels::have_wgmma()) prefill_kernels.push_back(plan::PrefillKernel::prefill_wgmma);
  auto const experiment = tiny_experiment();
  CaseMemory memory(1);
  for (std::size_t i = 0; i < experiment.cases.size() * prefill_kernels.size(); ++i) {
    plan::Case const& layer_case = experiment.cases[i / prefill_kernels.size()];
    auto const work =
        plan::make_layer_work(layer_case.plan, slots(prefill_kernels[i % prefill_kernels.size()]));
    DeviceCase const device_case(layer_case.plan, work, memory, 1 << 20, nullptr);
    ProbeRegions const regions(device_case, memory);
    auto const bytes = static_cast<std::size_t>(device_case.output_elements()) * 2;

    FLUXSCOPE_CUDA_CHECK(cudaMemset(memory.o.data(), 0xFF, bytes));  // bf16 NaN
    device_case.launch_all({}, nullptr);
    auto const clean = output(device_case);
    FLUXSCOPE_CUDA_CHECK(cudaMemset(memory.o.data(), 0xFF, bytes));
    regions.launch_all(device_case, {}, nullptr);
    auto const probed = output(device_case);

    EXPECT_EQ(std::memcmp(clean.data(), probed.data(), bytes), 0) << layer_case.name;
    EXPECT_EQ(std::count(clean.begin(), clean.end(), 0xFFFF), 0) << layer_case.name;
  }
}

TEST_F(RunnerGpu, ATinyExperimentBecomesAWholeTrace) {
  auto const experiment = tiny_experiment();
  std::string const path =
      (std::filesystem::temp_directory_path() / "fluxscope_runner_test.h5").string();

  run_experiment(experiment, {.command_line = "test"}, trace_at(path));
  traces::Trace const trace = traces::read_trace(path);
  std::filesystem::remove(path);

  EXPECT_TRUE(trace.complete);
  EXPECT_EQ(trace.run.source, "measured");
  ASSERT_EQ(trace.cases.size(), experiment.cases.size());
  for (traces::CaseRecord const& row : trace.cases) {
    EXPECT_GT(row.time_ns, 1000) << row.name;
    EXPECT_LE(row.time_low_ns, row.time_high_ns) << row.name;
  }
  EXPECT_EQ(trace.device.sm_count, sm_count_);
  EXPECT_EQ(trace.sm_clocks.size(), static_cast<std::size_t>(sm_count_));
  // Every case is cheap, so the overhead of each is measured: 3 rounds of A B B A.
  EXPECT_EQ(trace.overheads.size(), trace.cases.size());
  std::vector<std::size_t> samples(traces::kPasses.size(), 0);
  for (traces::SampleRecord const& row : trace.samples) ++samples.at(row.pass);
  EXPECT_GE(samples[traces::number(traces::Pass::timing)], 2 * trace.cases.size());
  EXPECT_EQ(samples[traces::number(traces::Pass::overhead)], 12 * trace.cases.size());
  EXPECT_EQ(samples[traces::number(traces::Pass::probe)], 0u);
  ASSERT_EQ(trace.passes.size(), traces::kPasses.size());
  for (traces::PassRecord const& pass : trace.passes) {
    EXPECT_TRUE(pass.present || !pass.reason.empty()) << pass.name;
    std::printf("pass %u %s\n", pass.pass, pass.present ? "present" : pass.reason.c_str());
  }
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> kernels;  // by case and index
  for (traces::LaunchRecord const& launch : trace.launches) {
    auto const found =
        kernels.emplace(std::pair(launch.case_id, launch.index), launch.kernel).first;
    EXPECT_EQ(launch.kernel, found->second) << "pass " << launch.pass;
    EXPECT_EQ(launch.symbol.empty(), launch.pass != 1) << launch.symbol;
    if (launch.pass == 1) {
      EXPECT_NE(launch.symbol.find(launch.kernel), std::string::npos) << launch.symbol;
    }
  }
  for (traces::LossRecord const& loss : trace.losses) {
    if (loss.count != 0) {
      std::printf("%s %lld\n", loss.name.c_str(), static_cast<long long>(loss.count));
    }
    if (loss.name == "probe_records_dropped" || loss.name == "cupti_records_dropped") {
      EXPECT_EQ(loss.count, 0) << loss.name;
    }
  }
}

TEST_F(RunnerGpu, ACaseBeyondTheDevicesMemorySaysHowMuchItNeeds) {
  plan::LayerPlan plan{.phase = plan::Phase::decode,
                       .shape = {.q_heads = 32, .kv_heads = 32, .head_dim = 128}};
  plan.sequences.assign(64, {1, 1'000'000});  // 1 TB of K and V
  plan.selections.assign(64 * 32, {plan::SelectionKind::streaming, 128, 1024, 0});
  auto const work = plan::make_layer_work(plan, slots());
  CaseMemory memory(1);

  try {
    DeviceCase const device_case(plan, work, memory, 1 << 20, nullptr);
    FAIL() << "expected InputError";
  } catch (InputError const& error) {
    EXPECT_NE(std::string(error.what()).find("1048."), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("kv_len"), std::string::npos) << error.what();
  }
}

/// Every probed launch: each SM has a row, each CTA of a kept launch ran once, tiles add up.
TEST_F(RunnerGpu, EveryCtaAndTileOfAProbedLaunchIsThereOnce) {
  auto const experiment = tiny_experiment();
  std::string const path =
      (std::filesystem::temp_directory_path() / "fluxscope_runner_rows_test.h5").string();

  run_experiment(experiment, {.passes = {traces::Pass::probe}, .command_line = "test"},
                 trace_at(path));
  traces::Trace const trace = traces::read_trace(path);
  std::filesystem::remove(path);

  EXPECT_TRUE(trace.samples.empty()) << "probing alone measures neither times nor overheads";
  EXPECT_TRUE(trace.overheads.empty());
  std::vector<std::uint32_t> sm_ctas(trace.launches.size(), 0);
  std::vector<std::uint32_t> ctas(trace.launches.size(), 0);
  std::vector<std::uint32_t> timed_tiles(trace.launches.size(), 0);
  for (traces::SmRecord const& row : trace.sms) sm_ctas[row.launch_id] += row.ctas;
  for (traces::CtaRecord const& row : trace.ctas) ++ctas[row.launch_id];
  for (traces::TileTimeRecord const& row : trace.tile_times)
    timed_tiles[row.launch_id] += row.count;
  plan::DeviceSlots const slots = this->slots();
  for (traces::LaunchRecord const& launch : trace.launches) {
    auto const grid = static_cast<std::uint32_t>(launch.grid_ctas);
    auto const work = plan::make_layer_work(experiment.cases[launch.case_id].plan, slots);
    EXPECT_EQ(sm_ctas[launch.launch_id], grid);
    EXPECT_EQ(ctas[launch.launch_id], launch.ctas_kept);
    EXPECT_EQ(timed_tiles[launch.launch_id], work.launches[launch.index].tiles.size())
        << experiment.cases[launch.case_id].name << " launch " << launch.index;
    EXPECT_LT(launch.first_cta_ns, launch.last_cta_ns);
    EXPECT_FALSE(launch.kernel.empty());
    EXPECT_EQ(launch.symbol, "");
  }
}

}  // namespace
}  // namespace fluxscope::profiler

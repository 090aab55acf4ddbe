#include "sim/sweep/sweep.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <tuple>

#include "base/error.hpp"
#include "sim/device/transfer.hpp"
#include "sim/sweep/summary.hpp"
#include "tests/close.hpp"
#include "tests/refusal.hpp"
#include "tests/sim/profiles.hpp"

#include "fluxscope_test_paths.hpp"

namespace fluxscope::sim {
namespace {

namespace fs = std::filesystem;

SweepConfig small_sweep() {
  SweepConfig config{.name = "small", .toml = "name = \"small\"\n"};
  config.model = {.name = "llama-3.1-8b",
                  .layers = 32,
                  .attention = {.q_heads = 32, .kv_heads = 8, .head_dim = 128}};
  config.gpus = {testing::h200_like(),
                 transfer(testing::h200_like(), load_device_spec(std::string(FLUXSCOPE_SOURCE_DIR) +
                                                                 "/configs/gpus/specs/a800.toml"))};
  config.phases = {plan::Phase::prefill, plan::Phase::decode};
  config.kv_lens = {4096, 8192, 16384};
  config.prefill_batches = {1};
  config.decode_batches = {1, 4};
  config.msr_ratios = {0, 0.5, 0.75};
  config.policies = {"flux", "head_dynamic"};
  config.executions = {plan::Execution::fused, plan::Execution::balanced};
  config.schedulers = {plan::Scheduler::natural, plan::Scheduler::longest_first};
  config.seeds = {1};
  config.sparse = {
      .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};
  return config;
}

std::string bytes_of(fs::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A folder of this test's own.
class Sweep : public ::testing::Test {
 protected:
  void SetUp() override {
    auto const* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("fluxscope_sweep_" + std::to_string(getpid()) + "_" + info->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string path(std::string const& name) const { return (folder_ / name).string(); }

  fs::path folder_;
};

TEST_F(Sweep, EnumeratesEachPointOnce) {
  SweepConfig const config = small_sweep();

  auto const points = enumerate_points(config);

  // 2 GPUs x 3 contexts x (1 + 2 batches) x 3 MSR x 2 schedulers x (1 + 2 executions).
  EXPECT_EQ(points.size(), 2u * 3 * 3 * 3 * 2 * 3);
  std::set<std::string> texts;
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_EQ(points[i].point, i);
    texts.insert(point_text(config, points[i]));
  }
  EXPECT_EQ(texts.size(), points.size());
}

TEST_F(Sweep, ALayerBeyondTheMemoryIsRefusedWithWhatFits) {
  SweepConfig config = small_sweep();
  // K and V of one decode layer at the longest context already need more than 1 MB.
  config.gpus[1].spec.memory_bytes = 1'000'000;

  std::string const refused =
      fluxscope::testing::refusal([&] { (void)sweep_table(config, enumerate_points(config)); });

  EXPECT_NE(refused.find("sweep on " + config.gpus[1].spec.name + ", case "), std::string::npos)
      << refused;
  EXPECT_NE(refused.find("one layer needs"), std::string::npos) << refused;
}

TEST_F(Sweep, ShardsPartitionThePoints) {
  SweepConfig const config = small_sweep();
  std::set<std::uint32_t> seen;
  for (std::uint32_t i = 0; i < 5; ++i) {
    for (auto const& point : shard_points(config, {i, 5})) {
      EXPECT_TRUE(seen.insert(point.point).second);
    }
  }

  EXPECT_EQ(seen.size(), enumerate_points(config).size());
}

TEST_F(Sweep, MergedShardsAreTheBytesOfASingleRun) {
  SweepConfig const config = small_sweep();
  run_sweep(config, {}, path("single.h5"));
  std::vector<std::string> parts;
  for (std::uint32_t i = 0; i < 3; ++i) {
    parts.push_back(path("part-" + std::to_string(2 - i) + ".h5"));
    run_sweep(config, {.shard = {2 - i, 3}, .points_per_part = 7}, parts.back());
  }

  write_sweep(path("merged.h5"), merge_sweeps(parts, true));

  EXPECT_EQ(bytes_of(path("merged.h5")), bytes_of(path("single.h5")));
  EXPECT_FALSE(fs::exists(path("single.h5.parts")));
}

TEST_F(Sweep, ResumeTakesOverWhatAKilledRunLeft) {
  SweepConfig const config = small_sweep();
  run_sweep(config, {}, path("whole.h5"));
  // What a run killed after its first part leaves: that part, with a mark that nobody recomputes.
  auto part = sweep_table(config, shard_points(config, {0, 4}));
  for (SweepRow& row : part.rows) row.kv_bytes_held += 1;
  fs::create_directories(path("killed.h5.parts"));
  write_sweep(path("killed.h5.parts/part-00000000.h5"), part);

  auto const resumed = run_sweep(config, {}, path("killed.h5"));
  auto const again = run_sweep(config, {}, path("again.h5"));

  auto const whole = read_sweep(path("whole.h5"));
  std::set<std::uint32_t> taken;
  for (SweepRow const& row : part.rows) taken.insert(row.point);
  ASSERT_EQ(resumed.rows.size(), whole.rows.size());
  for (std::size_t i = 0; i < whole.rows.size(); ++i) {
    EXPECT_EQ(resumed.rows[i].kv_bytes_held - whole.rows[i].kv_bytes_held,
              taken.contains(whole.rows[i].point) ? 1 : 0);
  }
  EXPECT_EQ(bytes_of(path("again.h5")), bytes_of(path("whole.h5")));
}

TEST_F(Sweep, RestartComputesEveryPointAnew) {
  SweepConfig const config = small_sweep();
  run_sweep(config, {}, path("whole.h5"));
  auto part = sweep_table(config, shard_points(config, {0, 4}));
  for (SweepRow& row : part.rows) row.kv_bytes_held += 1;
  fs::create_directories(path("killed.h5.parts"));
  write_sweep(path("killed.h5.parts/part-00000000.h5"), part);

  run_sweep(config, {.restart = true}, path("killed.h5"));

  EXPECT_EQ(bytes_of(path("killed.h5")), bytes_of(path("whole.h5")));
}

TEST_F(Sweep, PartsOfAnotherSweepAreRefusedWithWhatDiffers) {
  SweepConfig config = small_sweep();
  fs::create_directories(path("a.h5.parts"));
  write_sweep(path("a.h5.parts/part-00000000.h5"),
              sweep_table(config, shard_points(config, {0, 9})));
  config.model.layers = 16;

  std::string const refused =
      fluxscope::testing::refusal([&] { run_sweep(config, {}, path("a.h5")); });

  EXPECT_NE(refused.find("(different: model numbers, gates)"), std::string::npos) << refused;
  EXPECT_NE(refused.find("--restart"), std::string::npos) << refused;
  EXPECT_TRUE(fs::exists(path("a.h5.parts/part-00000000.h5")));
  EXPECT_NO_THROW(run_sweep(config, {.restart = true}, path("a.h5")));
}

TEST_F(Sweep, PointsOfAnotherShardAreNotInTheOutput) {
  SweepConfig const config = small_sweep();
  fs::create_directories(path("a.h5.parts"));
  write_sweep(path("a.h5.parts/part-00000000.h5"),
              sweep_table(config, shard_points(config, {0, 3})));

  run_sweep(config, {.shard = {1, 3}}, path("a.h5"));
  run_sweep(config, {.shard = {1, 3}}, path("b.h5"));

  EXPECT_EQ(bytes_of(path("a.h5")), bytes_of(path("b.h5")));
}

TEST_F(Sweep, OnlyItsOwnPartsAreRemoved) {
  SweepConfig const config = small_sweep();
  auto const points = shard_points(config, {0, 9});
  fs::create_directories(path("a.h5.parts/part-00000009.h5"));
  std::ofstream(path("a.h5.parts/diary.txt")) << "of somebody else";
  std::ofstream(path("a.h5.parts/part-notes.h5")) << "of somebody else";
  std::ofstream(path("a.h5.parts/part-00000007.h5")) << "of somebody else";
  write_sweep(path("mine.h5"), sweep_table(config, points));
  fs::create_symlink("../mine.h5", path("a.h5.parts/part-00000008.h5"));
  std::ofstream(path("a.h5.parts/part-00000000.h5.tmp")) << "";

  for (bool const restart : {false, true}) {
    run_sweep(config, {.shard = {0, 9}, .restart = restart}, path("a.h5"));
  }

  std::set<std::string> left;
  for (auto const& entry : fs::directory_iterator(path("a.h5.parts"))) {
    left.insert(entry.path().filename().string());
  }
  EXPECT_EQ(left, (std::set<std::string>{"diary.txt", "part-notes.h5", "part-00000007.h5",
                                         "part-00000008.h5", "part-00000009.h5"}));
  EXPECT_TRUE(fs::exists(path("mine.h5")));
}

TEST_F(Sweep, ADamagedPartIsNamedWithTheWayOut) {
  SweepConfig const config = small_sweep();
  fs::create_directories(path("a.h5.parts"));
  std::string const part = path("a.h5.parts/part-00000000.h5");
  write_sweep(part, sweep_table(config, shard_points(config, {0, 9})));
  // All but what tells that it is a sweep.
  std::string bytes = bytes_of(part);
  std::string const mark = "fluxscope-sweep";
  std::size_t const at = bytes.find(mark);
  std::fill(bytes.begin() + 64, bytes.end(), '\0');
  std::ofstream(part, std::ios::binary) << bytes.replace(at, mark.size(), mark);

  std::string const refused =
      fluxscope::testing::refusal([&] { run_sweep(config, {}, path("a.h5")); });

  EXPECT_NE(refused.find(part), std::string::npos) << refused;
  EXPECT_NE(refused.find("--restart discards"), std::string::npos) << refused;
}

TEST_F(Sweep, OfTwoRunsOnOneOutputTheSecondIsRefused) {
  SweepConfig const config = small_sweep();
  OutputFile const first(path("a.h5"), {.kinds = {sweep_kind()}});

  EXPECT_THROW(run_sweep(config, {}, path("a.h5")), InputError);
  EXPECT_FALSE(fs::exists(path("a.h5.parts")));
}

TEST_F(Sweep, MergeNamesMissingPointsAndForeignParts) {
  SweepConfig config = small_sweep();
  write_sweep(path("part.h5"), sweep_table(config, shard_points(config, {0, 2})));
  config.gpus[0].launch_ns += 1;
  write_sweep(path("foreign.h5"), sweep_table(config, shard_points(config, {1, 2})));
  std::ofstream(path("text.h5")) << "not HDF5";

  EXPECT_THROW((void)merge_sweeps({path("part.h5")}, true), InputError);
  EXPECT_NE(fluxscope::testing::refusal([&] {
              (void)merge_sweeps({path("part.h5"), path("foreign.h5")}, true);
            }).find("(different: device profile h200)"),
            std::string::npos);
  EXPECT_THROW((void)merge_sweeps({path("text.h5")}, true), InputError);
  EXPECT_THROW((void)merge_sweeps({path("absent.h5")}, true), InputError);
}

TEST_F(Sweep, WithoutSparsityNothingIsGained) {
  SweepConfig config = small_sweep();
  std::erase(config.executions, plan::Execution::balanced);
  std::map<std::tuple<int, int, int, int>, double> best;

  for (auto const& row : sweep_table(config, enumerate_points(config)).rows) {
    EXPECT_TRUE(std::isfinite(row.time_ns) && row.time_ns > 0);
    EXPECT_LE(row.time_low_ns, row.time_ns);
    EXPECT_GE(row.time_high_ns, row.time_ns);
    if (row.msr_ratio != 0) continue;
    EXPECT_LE(row.speedup_ratio, 1);
    EXPECT_EQ(row.ideal_speedup_ratio, 1);
    double& value = best[{row.gpu, row.phase, row.batch, row.kv_len}];
    value = std::max(value, row.speedup_ratio);
  }
  EXPECT_EQ(best.size(), 2u * 3 * 3);
  for (auto const& [shape, speedup] : best) EXPECT_EQ(speedup, 1);  // the quickest full row itself
}

TEST_F(Sweep, ABadlySplitFullRunIsNoReference) {
  // 2,176 tokens are 17 blocks, and the window of 1 + 16 blocks reads all of them: no row may be
  // quicker than its reference, with splits sized by work among the executions either.
  SweepConfig config = small_sweep();
  config.phases = {plan::Phase::decode};
  config.kv_lens = {2176};
  config.decode_batches = {1, 2, 3, 5, 16};
  config.executions = {plan::Execution::fused, plan::Execution::balanced};
  config.sparse = {
      .kind = plan::SelectionKind::streaming, .sink_tokens = 128, .local_tokens = 2048};

  for (auto const& row : sweep_table(config, enumerate_points(config)).rows) {
    EXPECT_EQ(row.ideal_speedup_ratio, 1);
    EXPECT_LE(row.speedup_ratio, 1 + 1e-12) << "batch " << row.batch;
  }
}

TEST_F(Sweep, ANumberThatDoesNotExistIsADashInTheSummaryAndEmptyInTheCsv) {
  SweepConfig const config = small_sweep();
  auto table = sweep_table(config, enumerate_points(config));
  for (SweepRow& row : table.rows) row.speedup_ratio = std::nan("");

  auto const text = sweep_summary_text(table);
  auto const csv = sweep_summary_csv(table);

  EXPECT_EQ(text.find("nan"), std::string::npos) << text;
  EXPECT_NE(text.find(" - "), std::string::npos) << text;
  EXPECT_EQ(csv.find(",nan"), std::string::npos) << csv;
}

TEST_F(Sweep, ASpeedUpBeyondItsIdealIsMarked) {
  SweepConfig const config = small_sweep();
  auto table = sweep_table(config, enumerate_points(config));
  for (SweepRow& row : table.rows) row.speedup_ratio = row.ideal_speedup_ratio;
  EXPECT_EQ(sweep_summary_text(table).find('*'), std::string::npos);

  for (SweepRow& row : table.rows) row.speedup_ratio = 1.1 * row.ideal_speedup_ratio;

  EXPECT_NE(sweep_summary_text(table).find("\n* the speed-up passes"), std::string::npos);
}

TEST_F(Sweep, OfOneContextTheQuickestRowHasTheGreatestSpeedUp) {
  SweepConfig const config = small_sweep();
  auto const rows = sweep_table(config, enumerate_points(config)).rows;

  for (auto const& a : rows) {
    for (auto const& b : rows) {
      bool const same =
          a.gpu == b.gpu && a.phase == b.phase && a.batch == b.batch && a.kv_len == b.kv_len;
      if (!same || a.time_ns >= b.time_ns) continue;
      EXPECT_GT(a.speedup_ratio, b.speedup_ratio);
    }
  }
}

TEST_F(Sweep, TheSummaryNamesBreakEvenContexts) {
  SweepConfig const config = small_sweep();
  auto table = sweep_table(config, enumerate_points(config));
  auto const csv_with = [&](double at_4k, double at_8k, double at_16k) {
    for (SweepRow& row : table.rows) {
      row.speedup_ratio = row.kv_len == 4096 ? at_4k : row.kv_len == 8192 ? at_8k : at_16k;
    }
    return sweep_summary_csv(table);
  };
  auto const expect = [](std::string const& csv, std::string const& line) {
    EXPECT_NE(csv.find("h200,decode,1,flux,0.5," + line), std::string::npos) << csv;
  };

  // 1.02 is a fifth of the way from 0.9 to 1.5: 4096 x 2^0.2 = 4705.
  expect(csv_with(0.9, 1.5, 1.5), "4705,16384,layer_uniform,");
  expect(csv_with(1.1, 1.5, 1.5), "<= 4096,16384,layer_uniform,");
  expect(csv_with(1.1, 1.5, 1.01), "never (up to 16384),16384,layer_uniform,");
  EXPECT_NE(sweep_summary_text(table).find("pays from"), std::string::npos);
}

TEST_F(Sweep, TheSummaryHasIntervalsAndNamesNoWinnerAmongEquals) {
  SweepConfig const config = small_sweep();
  auto table = sweep_table(config, enumerate_points(config));
  // Head level at MSR 0.5 has executions to choose from: 1 and 1.01 ms are equal, 1 and 1.5 not.
  auto const summary_with = [&](double slowest_ms) {
    for (SweepRow& row : table.rows) {
      row.time_ns = row.scheduler == table.rows[0].scheduler ? 1e6 : slowest_ms * 1e6;
      row.time_low_ns = 0.875e6;
      row.time_high_ns = 1.25e6;
    }
    return sweep_summary_text(table);
  };

  EXPECT_NE(summary_with(1.01).find(", all within 2 %"), std::string::npos);
  EXPECT_NE(summary_with(1.01).find("0.875-1.25"), std::string::npos);
  EXPECT_EQ(summary_with(1.5).find(", all within 2 %"), std::string::npos);
  EXPECT_NE(sweep_summary_text(table).find("interpolated"), std::string::npos);
  auto const csv = sweep_summary_csv(table);
  EXPECT_NE(csv.find("best_time_low_ns,best_time_high_ns"), std::string::npos);
  EXPECT_NE(csv.find(",1000000,875000,1250000,"), std::string::npos) << csv;
}

TEST(Shards, AreReadStrictly) {
  EXPECT_EQ(parse_shard("3/8").index, 3u);
  EXPECT_EQ(parse_shard("3/8").count, 8u);
  for (char const* bad : {"", "3", "8/8", "-1/8", "1/0", "1/8x", "a/b", "1/70000"}) {
    EXPECT_THROW((void)parse_shard(bad), InputError) << bad;
  }
}

}  // namespace
}  // namespace fluxscope::sim

#include "sim/sweep/config.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.hpp"
#include "tests/sim/profiles.hpp"

#include "fluxscope_test_paths.hpp"

namespace fluxscope::sim {
namespace {

namespace fs = std::filesystem;

/// A sweep file with a GPU profile beside it.
class SweepConfigFile : public ::testing::Test {
 protected:
  void SetUp() override {
    auto const* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("fluxscope_sweep_config_" + std::to_string(getpid()) + "_" + info->name());
    fs::create_directories(folder_);
    std::ofstream(folder_ / "gpu.toml") << device_profile_text(testing::h200_like());
    text_ = "name = \"t\"\nmodel = \"" FLUXSCOPE_SOURCE_DIR
            "/configs/models/llama-3.1-8b.toml\"\ngpus = [\"" +
            (folder_ / "gpu.toml").string() +
            "\"]\n"
            "phases = [\"prefill\", \"decode\"]\nkv_lens_tokens = [8192, 16384]\n"
            "prefill_batches = [1]\ndecode_batches = [1, 8]\nmsr_ratios = [0, 0.5]\n"
            "policies = [\"flux\", \"head_dynamic\"]\nexecutions = [\"fused\", \"balanced\"]\n"
            "schedulers = [\"natural\"]\nseeds = [1]\n"
            "[sparse]\nkind = \"streaming\"\nsink_tokens = 128\nlocal_tokens = 2048\n";
  }
  void TearDown() override { fs::remove_all(folder_); }

  /// The message for the file with `from` replaced by `to`, or "accepted".
  std::string message(std::string const& from, std::string const& to) {
    std::string text = text_;
    std::size_t const at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    std::ofstream(folder_ / "sweep.toml") << text;
    try {
      (void)load_sweep((folder_ / "sweep.toml").string());
    } catch (InputError const& error) {
      return error.what();
    }
    return "accepted";
  }

  fs::path folder_;
  std::string text_;
};

TEST_F(SweepConfigFile, ReadsEveryAxis) {
  std::ofstream(folder_ / "sweep.toml") << text_;

  auto const config = load_sweep((folder_ / "sweep.toml").string());

  EXPECT_EQ(config.model.attention.kv_heads, 8);
  EXPECT_EQ(config.gpus.size(), 1u);
  EXPECT_EQ(config.decode_batches, (std::vector<std::int64_t>{1, 8}));
  EXPECT_EQ(config.msr_ratios, (std::vector<double>{0, 0.5}));
  EXPECT_EQ(config.executions[1], plan::Execution::balanced);
  EXPECT_EQ(config.sparse.local_tokens, 2048);
}

TEST_F(SweepConfigFile, ARefusedModelOrGpuIsNamedWithTheLineThatAskedForIt) {
  auto const model = message("llama-3.1-8b.toml", "absent.toml");
  EXPECT_NE(model.find("sweep.toml:2: model: "), std::string::npos) << model;
  auto const gpu = message("/gpu.toml", "/absent.toml");
  EXPECT_NE(gpu.find("sweep.toml:3: gpus: "), std::string::npos) << gpu;
}

TEST_F(SweepConfigFile, RefusesWhatItDoesNotKnowWithFileAndLine) {
  EXPECT_NE(message("msr_ratios = [0, 0.5]", "msr_ratios = [0, 1.5]").find("sweep.toml:8"),
            std::string::npos);
  EXPECT_NE(message("\"fused\"", "\"fusd\"").find("expected 'fused'"), std::string::npos);
  EXPECT_NE(message("\"fused\"", "\"balanced\"").find("twice"), std::string::npos);
  EXPECT_NE(message("seeds = [1]", "seeds = []").find("empty"), std::string::npos);
  EXPECT_NE(message("seeds = [1]", "seeds = [1]\nseedz = [2]").find("seedz"), std::string::npos);
  EXPECT_NE(message("[8192, 16384]", "[16384, 8192]").find("ascending"), std::string::npos);
  EXPECT_NE(message("sink_tokens = 128", "sink_tokens = -1").find("sink_tokens"),
            std::string::npos);
  EXPECT_NE(message("0, 0.5", "0, nan").find("msr_ratios"), std::string::npos);
  EXPECT_NE(message("gpu.toml", "absent.toml").find("absent.toml"), std::string::npos);
}

}  // namespace
}  // namespace fluxscope::sim

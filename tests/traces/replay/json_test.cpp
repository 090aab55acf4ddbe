#include "traces/replay/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "tests/refusal.hpp"

namespace fluxscope::traces {
namespace {

using ::testing::HasSubstr;

class ReplayFile : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  static Replay example() {
    Replay replay{.name = "m",
                  .created = "2026-01-01T00:00:00Z",
                  .model = "small",
                  .gpu = "h200",
                  .batch = 2,
                  .not_charged = {"a", "b"}};
    ReplayRow row{.task = "t", .policy = "</script>", .weight = 1, .requests_fit = 7};
    row.latency = {3.5, 3, 4};
    row.latency_speedup = {.value = 2};  // without an interval
    row.prefill_ns[2] = 0.1;
    replay.rows = {row};
    BreakEvenRow even{.phase = "decode", .policy = "p", .kind = "from", .kv_len_tokens = 11585.2};
    even.points = {{.kv_len = 1024, .time = {1, 1, 1}}};
    replay.break_evens = {even};
    return replay;
  }
  Replay read(std::string const& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return read_replay(path_);
  }
  std::string problem(std::string const& text) {
    return fluxscope::testing::refusal([&] { static_cast<void>(read(text)); });
  }
  static std::string with(std::string const& from, std::string const& to) {
    std::string text = replay_json(example());
    return text.replace(text.find(from), from.size(), to);
  }

 private:
  std::string path_ = std::filesystem::temp_directory_path() /
                      ("fluxscope_replay_" + std::to_string(getpid()) + ".json");
};

TEST_F(ReplayFile, ComesBackAsItWasWritten) {
  Replay const replay = read(replay_json(example()));
  EXPECT_EQ(replay_json(replay), replay_json(example()));
  EXPECT_EQ(replay.rows.at(0).latency.high_ns, 4);
  EXPECT_EQ(replay.rows[0].prefill_ns[2], 0.1);
  EXPECT_TRUE(std::isnan(replay.rows[0].latency_speedup.low));
  EXPECT_EQ(replay.rows[0].requests_fit, 7);
  EXPECT_EQ(replay.break_evens.at(0).points.at(0).kv_len, 1024);
}

TEST_F(ReplayFile, WhatWasChangedIsRefusedByItsPlace) {
  EXPECT_THAT(problem(with("\"batch\": 2", "\"batch\": \"2\"")), HasSubstr(".batch is no whole"));
  EXPECT_THAT(problem(with("\"batch\": 2", "\"batch\": 1e400")), HasSubstr(".json"));
  EXPECT_THAT(problem(with("\"batch\": 2", "\"batch\": 9999999999")), HasSubstr("32 bits"));
  EXPECT_THAT(problem(with("\"batch\": 2", "\"batsch\": 2")), HasSubstr("has no key batch"));
  EXPECT_THAT(problem(with("\"batch\": 2", "\"batch\": 2, \"more\": 1")),
              HasSubstr("unknown key 'more'"));
  EXPECT_THAT(problem(with("\"requests_fit\": 7", "\"requests_fit\": 18446744073709551615")),
              HasSubstr(".rows[0].requests_fit is no whole number"));
  EXPECT_THAT(problem(with("\"fluxscope_replay\": 1", "\"fluxscope_replay\": 2")),
              HasSubstr("a replay of version 2"));
  EXPECT_THAT(problem("[]"), HasSubstr("is no object"));
  std::string const whole = replay_json(example());
  EXPECT_THAT(problem(whole.substr(0, whole.size() / 2)), HasSubstr("no JSON"));
}

}  // namespace
}  // namespace fluxscope::traces

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/replay/replay_text.hpp"

namespace fluxscope::analysis {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

traces::BreakEvenRow even(std::string const& kind, double tokens) {
  traces::BreakEvenRow row{.phase = "decode", .policy = "p", .kind = kind, .kv_len_tokens = tokens};
  row.points = {{.kv_len = 1024}, {.kv_len = 524288}};
  return row;
}

traces::Replay example(std::string const& policy = "p,q") {
  traces::Replay replay{.name = "m", .model = "small", .gpu = "h200", .profile = "fitted from x"};
  replay.attention_alone = "the profile has no [launch]";
  replay.not_charged = {"the router"};
  for (std::string const task : {"", "a", "b"}) {
    for (double const ms : {4.0, 2.0}) {
      traces::ReplayRow row{
          .task = task, .policy = policy, .execution = ms > 3 ? "fused" : "balanced"};
      row.latency = {ms * 1e6, ms * 0.9e6, ms * 1.1e6};
      row.latency_speedup = {.value = 8 / ms};
      replay.rows.push_back(row);
    }
  }
  replay.break_evens = {even("never", 524288)};
  return replay;
}

TEST(ReplayText, ABreakEvenSaysAlwaysFromOrNeverAndItsInterval) {
  EXPECT_EQ(break_even_text(even("always", 1024)), "always (1K to 512K)");
  EXPECT_EQ(break_even_text(even("never", 524288)), "never within 1K to 512K");
  auto from = even("from", 16384);
  EXPECT_EQ(break_even_text(from), "from 16K");
  from.low_kind = "from";
  from.low_tokens = 8192;
  from.high_kind = "never";
  EXPECT_EQ(break_even_text(from), "from 16K, 90 %: 8K to never");
}

TEST(ReplayText, TheTerminalSaysWhatIsNotPredictedAndShowsTheQuickestRunOfATask) {
  std::string const text = replay_terminal(example());
  EXPECT_THAT(text, AllOf(HasSubstr("attention alone is predicted, its share of a step is not "
                                    "known: the profile has no [launch]"),
                          HasSubstr("not charged: the router"), HasSubstr("never within")));
  std::string const tasks = text.substr(text.find("by task"));
  EXPECT_THAT(tasks, AllOf(HasSubstr("balanced"), Not(HasSubstr("fused"))));
  EXPECT_THAT(replay_markdown(example()), HasSubstr("fused"));  // every run
}

TEST(ReplayText, EveryLineOfTheCsvHasTheColumnsOfItsHeader) {
  traces::Replay const replay = example("p");
  std::string const text = replay_csv(replay);
  std::size_t lines = 0;
  std::size_t columns = 0;
  for (std::size_t begin = 0; begin < text.size(); ++lines) {
    std::size_t const end = text.find('\n', begin);
    auto const commas =
        static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                            text.begin() + static_cast<std::ptrdiff_t>(end), ','));
    if (lines == 0) columns = commas;
    EXPECT_EQ(commas, columns) << lines;
    begin = end + 1;
  }
  EXPECT_EQ(lines, 1 + replay.rows.size());
  EXPECT_THAT(text, Not(HasSubstr(",nan")));
}

TEST(ReplayText, TheDataCannotEndThePagesScript) {
  std::string const json = "{\"name\": \"</script><b>\", \"break_evens\": [{\"policy\": \"p\"}]}";
  std::string const page = replay_html(example(), json);
  EXPECT_THAT(page, Not(HasSubstr("</script><b>")));
  EXPECT_THAT(page, HasSubstr("never within 1K to 512K"));
}

}  // namespace
}  // namespace fluxscope::analysis

#include "workload/requests/read.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/refusal.hpp"
#include "tests/test_folder.hpp"

namespace fluxscope::workload {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Request at(std::int64_t arrival_ns, std::int32_t prompt, std::int32_t output) {
  return {.arrival_ns = arrival_ns, .prompt_tokens = prompt, .output_tokens = output};
}

class RequestFile : public testing::TestFolder {
 protected:
  RequestTrace read(std::string const& text) { return read_requests(write("r", text)); }
  std::string problem(std::string const& text) {
    return testing::refusal([&] { (void)read(text); });
  }
};

std::string const kAzure = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n";

TEST_F(RequestFile, Azure2023HasCarriageReturnsAndNoLastLineEnd) {
  RequestTrace const got = read(kAzure +
                                "2023-11-16 18:15:46.6805900,374,44\r\n"
                                "2023-11-16 18:15:50.9951690,396,109");

  EXPECT_EQ(got.format, "Azure 2023");
  EXPECT_EQ(got.clock, "TIMESTAMP, UTC");
  EXPECT_THAT(got.requests, ElementsAre(at(0, 374, 44), at(4'314'579'000, 396, 109)));
  EXPECT_THAT(got.notes, ElementsAre(HasSubstr("line 3, the last, has no line end")));
}

TEST_F(RequestFile, Azure2024StatesTheZoneAndMayHaveNoFraction) {
  RequestTrace const got = read(kAzure +
                                "2024-05-10 00:00:00.009930+00:00,2162,5\n"
                                "2024-05-10 00:00:01+00:00,2399,6\n");

  EXPECT_EQ(got.format, "Azure 2024");
  EXPECT_THAT(got.requests, ElementsAre(at(0, 2162, 5), at(990'070'000, 2399, 6)));
  EXPECT_THAT(got.notes, IsEmpty());
}

std::string const kBurst = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n";

TEST_F(RequestFile, FailedRequestsOfBurstGptAreCountedAndLeftOut) {
  RequestTrace const got = read(kBurst +
                                "5,ChatGPT,472,18,490,Conversation log\n"
                                "45,ChatGPT,1087,0,1087,Conversation log\n"
                                "118.5,GPT-4,417,276,693,API log\n");

  EXPECT_EQ(got.format, "BurstGPT");
  EXPECT_EQ(got.failed_requests, 1);
  EXPECT_THAT(got.requests, ElementsAre(at(0, 472, 18), at(113'500'000'000, 417, 276)));
  EXPECT_THAT(got.notes, ElementsAre(HasSubstr("1 requests failed")));
  EXPECT_EQ(read(kBurst + "5,ChatGPT,0,0,0,API log\n6,ChatGPT,1,1,2,API log\n").failed_requests, 1);
  EXPECT_THAT(problem(kBurst + "5,ChatGPT,472,0,472,Conversation log\n"),
              HasSubstr("r:1: no request that was served"));
}

TEST_F(RequestFile, BurstGptMayHaveFurtherColumns) {
  RequestTrace const got = read(
      "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log "
      "Type\n5,7,1.5,ChatGPT,472,18,490,Conversation log\n");
  EXPECT_THAT(got.requests, ElementsAre(at(0, 472, 18)));
}

TEST_F(RequestFile, VidurMayHaveNoArrivals) {
  RequestTrace const timed = read(
      "arrived_at,num_prefill_tokens,num_decode_tokens\n0.0,374,44\n5.8926549999999995,91,16\n");
  EXPECT_EQ(timed.format, "Vidur");
  EXPECT_THAT(timed.requests, ElementsAre(at(0, 374, 44), at(5'892'655'000, 91, 16)));

  RequestTrace const untimed =
      read("num_prefill_tokens,num_decode_tokens,num_total_tokens,pd_ratio\n3772,54,3826,69.85\n");
  EXPECT_EQ(untimed.clock, "no arrivals");
  EXPECT_THAT(untimed.requests, ElementsAre(Request{.prompt_tokens = 3772, .output_tokens = 54}));
}

/// A line of Mooncake's or Qwen-Bailian's keys, with so many hash_ids.
std::string blocks(std::string const& timestamp, int prompt, int ids,
                   std::string const& further = {}) {
  std::string list;
  for (int i = 0; i < ids; ++i) list += (i == 0 ? "" : ", ") + std::to_string(i);
  return "{" + further + "\"timestamp\": " + timestamp +
         ", \"input_length\": " + std::to_string(prompt) +
         ", \"output_length\": 5, \"hash_ids\": [" + list + "]}\n";
}

TEST_F(RequestFile, TheSizeOfBlocksTellsMillisecondsFromSeconds) {
  // ceil(1025 / 512) = 3, ceil(1025 / 16) = 65.
  RequestTrace const mooncake = read(blocks("100", 1025, 3) + blocks("3100", 512, 1));
  EXPECT_EQ(mooncake.format, "Mooncake");
  EXPECT_EQ(mooncake.clock, "timestamp in ms");
  EXPECT_THAT(mooncake.requests, ElementsAre(at(0, 1025, 5), at(3'000'000'000, 512, 5)));

  RequestTrace const bailian = read(blocks("61.114", 1025, 65) + blocks("61.5", 16, 1));
  EXPECT_EQ(bailian.format, "Qwen-Bailian");
  EXPECT_EQ(bailian.clock, "timestamp in s");
  EXPECT_THAT(bailian.requests, ElementsAre(at(0, 1025, 5), at(386'000'000, 16, 5)));
}

TEST_F(RequestFile, WhetherALastBlockThatIsNotFullIsCountedIsLeftOpen) {
  EXPECT_EQ(read(blocks("1.5", 1025, 64) + blocks("2.5", 1025, 65)).format, "Qwen-Bailian");
  // 17 tokens are one full block and a part; after 9 tokens with an entry the part would have one.
  EXPECT_EQ(read(blocks("1", 9, 0) + blocks("2", 17, 1)).format, "Qwen-Bailian");
  EXPECT_THAT(problem(blocks("1", 1025, 2)), HasSubstr("r:1: hash_ids has not as many"));
}

TEST_F(RequestFile, AnEarlierPromptOfOneBlockDecidesNothing) {
  EXPECT_EQ(read(blocks("1", 9, 1) + blocks("2", 17, 2)).format, "Qwen-Bailian");
  EXPECT_EQ(read(blocks("1", 9, 1) + blocks("2", 17, 1)).format, "Mooncake");
  EXPECT_EQ(read(blocks("1", 9, 1, "\"chat_id\": 3, ")).format, "Qwen-Bailian");
  EXPECT_THAT(problem(blocks("1", 9, 1) + blocks("2", 16, 1)),
              AllOf(HasSubstr("r:2: no prompt is longer than 16"), HasSubstr("ms or s")));
}

TEST_F(RequestFile, BlocksOfNeitherSizeOrOfBothAreNamedWithTheirLine) {
  EXPECT_THAT(problem(blocks("1", 1025, 4)), HasSubstr("r:1: hash_ids has not as many entries"));
  EXPECT_THAT(problem(blocks("1", 1025, 3) + blocks("2", 1025, 65)),
              HasSubstr("r:2: hash_ids has not an entry for each block of 512"));
  EXPECT_THAT(problem("{\"timestamp\": 1, \"input_length\": 9, \"output_length\": 5}\n"),
              HasSubstr("r:1: hash_ids has not"));
}

TEST_F(RequestFile, LaterRequestsOfASessionArriveAfterTheOnesBefore) {
  RequestTrace const got = read(
      "{\"input_toks\": 100, \"output_toks\": 50, \"arrival_time_ns\": 7}\n"
      "{\"session_id\": \"s\", \"arrival_time_ns\": 1007, \"sub_requests\": ["
      "{\"input_toks\": 200, \"output_toks\": 20, \"tool_duration_ns\": 30},"
      "{\"input_toks\": 300, \"output_toks\": 10}, {\"input_toks\": 400, \"output_toks\": 1}]}\n");

  EXPECT_EQ(got.format, "LLMServingSim");
  Request const second{.after_previous_ns = 30, .prompt_tokens = 300, .output_tokens = 10};
  Request const third{.after_previous_ns = 0, .prompt_tokens = 400, .output_tokens = 1};
  EXPECT_THAT(got.requests, ElementsAre(at(0, 100, 50), at(1000, 200, 20), second, third));
  EXPECT_THAT(got.notes, ElementsAre(HasSubstr("1 lines are sessions")));
  EXPECT_THAT(problem("{\"arrival_time_ns\": 0, \"sub_requests\": []}"),
              HasSubstr("r:1: sub_requests is no list"));
}

TEST_F(RequestFile, LlmServingSimMayBeATableBetweenTabs) {
  RequestTrace const got = read("input_toks\toutput_toks\tarrival_time_ns\n10\t3\t0\n11\t4\t5\n");
  EXPECT_THAT(got.requests, ElementsAre(at(0, 10, 3), at(5, 11, 4)));
}

TEST_F(RequestFile, BlanksAroundCellsAreNoPartOfThem) {
  EXPECT_THAT(read("Timestamp, Request tokens ,Response tokens\n5, 472, 18 \n").requests,
              ElementsAre(at(0, 472, 18)));
}

TEST_F(RequestFile, AnArchiveOrAListIsNamed) {
  EXPECT_THAT(problem("\x1f\x8b\x08 abc\n"),
              AllOf(HasSubstr("r:1: is a gzip archive"), HasSubstr("unpack it")));
  EXPECT_THAT(problem("[{\"timestamp\": 0}]\n"), HasSubstr("r:1: is a JSON list"));
}

TEST_F(RequestFile, AGitLfsPointerIsNamed) {
  EXPECT_THAT(problem("version https://git-lfs.github.com/spec/v1\noid sha256:4b\nsize 5\n"),
              AllOf(HasSubstr("r:1: is a Git-LFS pointer"), HasSubstr("git lfs pull")));
}

TEST_F(RequestFile, TimeThatRunsBackwardsIsNamedWithItsLine) {
  EXPECT_THAT(problem(kAzure + "2023-11-16 18:15:46.7,3,4\n2023-11-16 18:15:46.6,3,4\n"),
              AllOf(HasSubstr("r:3: the time runs backwards"), HasSubstr("46.6' after")));
  EXPECT_THAT(problem(blocks("2", 1025, 3) + blocks("1", 1025, 3)),
              HasSubstr("r:2: the time runs backwards: '1' after '2'"));
}

TEST_F(RequestFile, CountsOfTokensThatAreNoneAreNamed) {
  auto const azure = [&](std::string const& counts) {
    return problem(kAzure + "2023-11-16 18:15:46.7," + counts + "\n");
  };
  EXPECT_THAT(azure("0,5"), HasSubstr("r:2: ContextTokens = '0' is no whole number from 1"));
  EXPECT_THAT(azure("5,0"), HasSubstr("r:2: GeneratedTokens = '0'"));
  EXPECT_THAT(azure("-5,5"), HasSubstr("ContextTokens = '-5'"));
  EXPECT_THAT(azure("5.0,5"), HasSubstr("ContextTokens = '5.0'"));
  EXPECT_THAT(azure("8388609,5"), HasSubstr("to 8388608"));
  EXPECT_THAT(azure("5"), HasSubstr("r:2: 2 cells, but the header has 3"));
  EXPECT_THAT(azure("5,5,5"), HasSubstr("r:2: 4 cells"));
  EXPECT_THAT(problem(blocks("1", 0, 0)), HasSubstr("r:1: input_length = '0'"));
}

TEST_F(RequestFile, TimesThatAreNoneAreNamed) {
  EXPECT_THAT(problem(kAzure + "yesterday,5,5\n"), HasSubstr("r:2: TIMESTAMP = 'yesterday'"));
  EXPECT_THAT(problem(kBurst + "-1,m,5,5,10,l\n"), HasSubstr("r:2: Timestamp = '-1' is no time"));
  EXPECT_THAT(problem(blocks("\"1\"", 1025, 3)), HasSubstr("r:1: timestamp = \"1\" is no time"));
}

TEST_F(RequestFile, FilesOfOtherKindsAreRefused) {
  EXPECT_THAT(problem(""), HasSubstr("r:1: is empty"));
  EXPECT_THAT(problem("a,b\n1,2\n"),
              AllOf(HasSubstr("r:1: the columns 'a,b'"), HasSubstr("num_prefill_tokens")));
  EXPECT_THAT(problem(kAzure), HasSubstr("no request that was served"));
  EXPECT_THAT(problem("{\"a\": 1}\n"), HasSubstr("r:1: the keys are of no known request trace"));
  EXPECT_THAT(problem("{\"input_length\": 1,\n"), HasSubstr("r:1: no JSON from byte"));
  EXPECT_THAT(problem(blocks("1", 1025, 3) + "7\n"), HasSubstr("r:2: no JSON object"));
  EXPECT_THAT(problem(blocks("1", 1025, 3, "\"timestamp\": 2, ")), HasSubstr("is there twice"));
  EXPECT_THAT(problem(kAzure + std::string(1, '\0')), HasSubstr("r:2: a NUL byte"));
  EXPECT_THAT(testing::refusal([&] { (void)read_requests(path("absent")); }), HasSubstr("absent"));
}

}  // namespace
}  // namespace fluxscope::workload

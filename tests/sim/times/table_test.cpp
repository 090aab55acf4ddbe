#include "sim/times/table.hpp"

#include <gmock/gmock.h>

#include "sim/times/cases.hpp"
#include "tests/close.hpp"
#include "tests/refusal.hpp"
#include "tests/sim/profiles.hpp"
#include "tests/test_folder.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;
using fluxscope::testing::refusal;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kHeader[] = "phase,batch,q_len,kv_len,q_heads,kv_heads,head_dim,time_us\n";

class TimesTableTest : public fluxscope::testing::TestFolder {
 protected:
  [[nodiscard]] TimesTable table(std::string const& text, Repeats repeats = Repeats::refuse) const {
    return read_times({write("times.csv", text)}, repeats);
  }
  [[nodiscard]] std::string problem(std::string const& text) const {
    return refusal([&] { (void)table(text); });
  }
};

TEST_F(TimesTableTest, OurColumnsAreReadInAnyOrderAndUnit) {
  auto const read = table(
      "kv_len,q_len,time_ms,batch,q_heads,kv_heads,head_dim,window_tokens,causal,kernel\n"
      "4096,1,0.25,8,32,8,128,1024,1,fa2\n"
      "4096,4096,2,1,32,8,64,0,0,fa2\n");
  ASSERT_EQ(read.rows.size(), 2u);
  EXPECT_EQ(read.kernel, "fa2");
  TimedRow const& decode = read.rows[0];
  EXPECT_EQ(decode.phase, plan::Phase::decode);
  EXPECT_EQ(decode.batch, 8);
  EXPECT_EQ(decode.window_tokens, 1024);
  EXPECT_TRUE(close(decode.time_ns, 250e3, {.relative = 1e-12}));
  TimedRow const& prefill = read.rows[1];
  EXPECT_EQ(prefill.phase, plan::Phase::prefill);
  EXPECT_EQ(prefill.shape, (plan::AttentionShape{.q_heads = 32, .kv_heads = 8, .head_dim = 64}));
  EXPECT_FALSE(prefill.causal);
  EXPECT_EQ(prefill.line, 3);
}

TEST_F(TimesTableTest, AiconfiguratorsTablesAreReadInMilliseconds) {
  auto const read = table(
      "batch_size,isl,step,num_heads,num_key_value_heads,head_dim,window_size,kernel_source,"
      "latency\n"
      "2,1,4095,32,8,128,0,fa,0.05\n"
      "2,4096,0,32,8,128,1024,fa,1.5\n");
  EXPECT_EQ(read.rows[0].phase, plan::Phase::decode);
  EXPECT_EQ(read.rows[0].kv_len, 4096);
  EXPECT_TRUE(close(read.rows[0].time_ns, 50e3, {.relative = 1e-12}));
  EXPECT_EQ(read.rows[1].phase, plan::Phase::prefill);
  EXPECT_EQ(read.rows[1].window_tokens, 1024);
}

TEST_F(TimesTableTest, VidursTablesAreReadWithTheirRanksAndCaches) {
  auto const read = table(
      "time_stats.attn_prefill.median,time_stats.attn_decode.median,n_embd,n_q_head,n_kv_head,"
      "num_tensor_parallel_workers,batch_size,prefill_chunk_size,kv_cache_size,is_prefill,"
      "attention_backend\n"
      "0.5,0,4096,32,8,2,1,512,1024,True,FLASHINFER\n"
      "0,0.25,4096,32,8,2,16,0,2048,False,FLASHINFER\n");
  EXPECT_EQ(read.rows[0].q_len, 512);
  EXPECT_EQ(read.rows[0].kv_len, 1536);
  EXPECT_EQ(read.rows[0].shape,
            (plan::AttentionShape{.q_heads = 16, .kv_heads = 4, .head_dim = 128}));
  EXPECT_EQ(read.rows[1].phase, plan::Phase::decode);
  EXPECT_EQ(read.rows[1].kv_len, 2048);
  EXPECT_TRUE(close(read.rows[1].time_ns, 250e3, {.relative = 1e-12}));
}

TEST_F(TimesTableTest, RepeatsAreRefusedOrTheirMedianTaken) {
  std::string const text = std::string(kHeader) +
                           "decode,1,1,4096,8,8,128,30\n"
                           "decode,1,1,8192,8,8,128,60\n"
                           "decode,1,1,4096,8,8,128,10\n"
                           "decode,1,1,4096,8,8,128,11\n";
  EXPECT_THAT(problem(text), AllOf(HasSubstr("times.csv:4: "), HasSubstr("times.csv:2: "),
                                   HasSubstr("given twice"), HasSubstr("--repeats median")));
  auto const read = table(text, Repeats::median);
  ASSERT_EQ(read.rows.size(), 2u);
  EXPECT_TRUE(close(read.rows[0].time_ns, 11e3, {.relative = 1e-12}));
}

TEST_F(TimesTableTest, ColumnsThatAreMissingUnknownOrWithoutAUnitAreNamed) {
  EXPECT_THAT(problem("phase,batch,q_len,q_heads,kv_heads,head_dim,time_us\n"),
              AllOf(HasSubstr("times.csv:1: "), HasSubstr("no column 'kv_len'")));
  EXPECT_THAT(problem("batch,q_len,kv_len,q_heads,kv_heads,head_dim\n"), HasSubstr("'time_ms'"));
  EXPECT_THAT(problem("batch,q_len,kv_len,q_heads,kv_heads,head_dim,latency\n"),
              AllOf(HasSubstr("'latency'"), HasSubstr("no unit"), HasSubstr("latency_ms")));
  EXPECT_THAT(problem("batch,q_len,kv_len,q_heads,kv_heads,head_dim,time_us,time_ms\n"),
              HasSubstr("both times"));
  EXPECT_THAT(problem("batch,q_len,kv_len,q_heads,kv_heads,head_dim,time_us,window_token\n"),
              AllOf(HasSubstr("'window_token'"), HasSubstr("expected 'window_tokens'")));
}

TEST_F(TimesTableTest, ValuesThatCannotBeAreRefusedWithTheirLine) {
  auto const row = [&](std::string const& cells) { return problem(kHeader + cells + "\n"); };
  EXPECT_THAT(row("decode,1,1,4096,8,8,128,-3"),
              AllOf(HasSubstr("times.csv:2: time_us = '-3'"), HasSubstr("not a time")));
  EXPECT_THAT(row("decode,1,1,4096,8,8,128,0"), HasSubstr("not a time"));
  EXPECT_THAT(row("decode,1,1,4096,8,8,128,nan"), HasSubstr("finite number"));
  EXPECT_THAT(row("decode,0,1,4096,8,8,128,3"), HasSubstr("batch = 0 is outside"));
  EXPECT_THAT(row("decode,1,2,4096,8,8,128,3"), HasSubstr("one query"));
  EXPECT_THAT(row("train,1,1,4096,8,8,128,3"), HasSubstr("neither prefill nor decode"));
  EXPECT_THAT(row("prefill,1,4097,4096,8,8,128,3"), HasSubstr("q_len = 4097 is above kv_len"));
  EXPECT_THAT(row("decode,1,1,4096,9,8,128,3"), HasSubstr("not a multiple"));
  EXPECT_THAT(row("decode,1,1,4096,8,8,96,3"), HasSubstr("head_dim = 96"));
  EXPECT_THAT(problem(kHeader), HasSubstr("no rows"));
}

TEST_F(TimesTableTest, RowsOfTwoKernelsAreRefused) {
  EXPECT_THAT(problem("batch,q_len,kv_len,q_heads,kv_heads,head_dim,time_us,kernel\n"
                      "1,1,4096,8,8,128,30,fa 2.6\n"
                      "1,1,8192,8,8,128,30,fa 2.7\n"),
              AllOf(HasSubstr("times.csv:3: "), HasSubstr("'fa 2.7'"), HasSubstr("'fa 2.6'")));
}

TEST_F(TimesTableTest, AWrongUnitIsSeenByWhatTheGpuCanDo) {
  auto const spec = testing::h200_like().spec;  // 4.8 TB/s, 989 TFLOP/s
  auto const check = [&](std::string const& row) {
    auto const read = table(kHeader + row + "\n");
    return refusal([&] { expect_plausible(read, spec); });
  };
  // 2 x 131072 tokens x 8 heads x 512 bytes = 1.07 GB: 224 us at the peak.
  EXPECT_EQ(check("decode,2,1,131072,8,8,128,250"), "accepted");
  EXPECT_THAT(check("decode,2,1,131072,8,8,128,0.25"),
              AllOf(HasSubstr("times.csv:2: "), HasSubstr("another unit")));
  EXPECT_THAT(check("decode,2,1,131072,8,8,128,250000"),
              AllOf(HasSubstr("times.csv:2: "), HasSubstr("1.12e+03 times")));
  // 32 heads x 8192 x 8193 / 2 pairs x 512 FLOP = 0.55 TFLOP: 556 us.
  EXPECT_EQ(check("prefill,1,8192,8192,32,8,128,600"), "accepted");
  EXPECT_THAT(check("prefill,1,8192,8192,32,8,128,400"), HasSubstr("needs 505.4 us"));
}

}  // namespace
}  // namespace fluxscope::sim

#include "sim/step_times/table.hpp"

#include <gmock/gmock.h>

#include "tests/close.hpp"
#include "tests/refusal.hpp"
#include "tests/test_folder.hpp"

#include "fluxscope_test_paths.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::close;
using fluxscope::testing::refusal;
using ::testing::AllOf;
using ::testing::HasSubstr;

class StepTimesTable : public fluxscope::testing::TestFolder {
 protected:
  [[nodiscard]] StepTimes table(std::string const& text, Repeats repeats = Repeats::refuse,
                                std::vector<plan::Model> const& models = {}) const {
    return read_step_times({write("times.csv", text)}, repeats, models);
  }
  [[nodiscard]] std::string problem(std::string const& text) const {
    return refusal([&] { (void)table(text); });
  }
};

TEST_F(StepTimesTable, OurProductsRowsAndCollectivesAreReadInAnyUnit) {
  auto const products = table("k,time_us,m,n\n4096,110,512,6144\n");
  ASSERT_EQ(products.rows.size(), 1u);
  EXPECT_EQ(products.rows[0].table, StepTable::gemm);
  EXPECT_EQ(products.rows[0].gemm, (plan::GemmShape{.m = 512, .n = 6144, .k = 4096}));
  EXPECT_TRUE(close(products.rows[0].time_ns, 110e3, {.relative = 1e-12}));

  auto const rows = table("op,bytes,latency_ms\nrms_norm,1048576,0.004\n");
  EXPECT_EQ(rows.rows[0].op, plan::LaunchOp::rms_norm);
  EXPECT_EQ(rows.rows[0].bytes, 1048576);
  EXPECT_TRUE(close(rows.rows[0].time_ns, 4e3, {.relative = 1e-12}));

  auto const reduce = table("ranks,bytes,time_s\n4,65536,0.00002\n");
  EXPECT_EQ(reduce.rows[0].table, StepTable::collective);
  EXPECT_EQ(reduce.rows[0].ranks, 4);
  EXPECT_TRUE(close(reduce.rows[0].time_ns, 20e3, {.relative = 1e-12}));
}

TEST_F(StepTimesTable, ALineOfVidursTableIsFourProductsAndFourOperationsOnRows) {
  // Llama-3-8B's sizes on two ranks: QKV 2048 + 2 x 512 wide, MLP 7168.
  auto const read = table(
      "num_tokens,n_head,n_kv_head,n_embd,n_expanded_embd,use_gated_mlp,"
      "num_tensor_parallel_workers,time_stats.emb.median,time_stats.input_layernorm.median,"
      "time_stats.attn_pre_proj.median,time_stats.attn_rope.median,"
      "time_stats.attn_post_proj.median,time_stats.mlp_up_proj.median,time_stats.mlp_act.median,"
      "time_stats.mlp_down_proj.median,time_stats.add.median\n"
      "64,32,8,4096,14336,True,2,0.01,0.02,0.03,0.04,0.05,0.06,0.07,0.08,0.09\n");
  ASSERT_EQ(read.rows.size(), 7u);  // the embedding of two ranks is another operation
  EXPECT_EQ(read.rows[0].gemm, (plan::GemmShape{.m = 64, .n = 3072, .k = 4096}));
  EXPECT_EQ(read.rows[1].gemm, (plan::GemmShape{.m = 64, .n = 4096, .k = 2048}));
  EXPECT_EQ(read.rows[2].gemm, (plan::GemmShape{.m = 64, .n = 14336, .k = 4096}));
  EXPECT_EQ(read.rows[3].gemm, (plan::GemmShape{.m = 64, .n = 4096, .k = 7168}));
  EXPECT_TRUE(close(read.rows[3].time_ns, 80e3, {.relative = 1e-12}));
  EXPECT_EQ(read.rows[4].op, plan::LaunchOp::rms_norm);
  EXPECT_EQ(read.rows[4].bytes, 2 * 64 * 2 * 4096);
  EXPECT_EQ(read.rows[5].op, plan::LaunchOp::rope_append);
  EXPECT_EQ(read.rows[5].bytes, 2 * 64 * 2 * (2048 + 512));
  EXPECT_EQ(read.rows[6].bytes, 2 * 64 * 3 * 7168);
}

TEST_F(StepTimesTable, AiconfiguratorsMessagesCountElementsAndItsEagerRowsAreLeftOut) {
  auto const read = table(
      "op_name,allreduce_dtype,num_gpus,message_size,backend,latency\n"
      "all_reduce,bfloat16,2,1024,vllm_graph,0.005\n"
      "all_reduce,bfloat16,2,1024,vllm_eager,0.044\n");
  ASSERT_EQ(read.rows.size(), 1u);
  EXPECT_EQ(read.rows[0].bytes, 2048);
  EXPECT_TRUE(close(read.rows[0].time_ns, 5e3, {.relative = 1e-12}));
  EXPECT_THAT(problem("gemm_dtype,m,n,k,latency\nfp8,1,2,3,0.1\n"),
              AllOf(HasSubstr("times.csv:2: gemm_dtype = 'fp8'"), HasSubstr("bfloat16 only")));
}

TEST_F(StepTimesTable, ProductsOfOtherWeightsThanTheModelsAreLeftOut) {
  auto const model =
      plan::load_model(std::string(FLUXSCOPE_SOURCE_DIR) + "/configs/models/llama-3.1-8b.toml");
  std::string const text = "m,n,k,time_us\n8,6144,4096,30\n8,6145,4096,30\n8,4096,14336,60\n";
  auto const read = table(text, Repeats::refuse, {model});
  ASSERT_EQ(read.rows.size(), 2u);
  EXPECT_EQ(read.rows[1].gemm.k, 14336);
  EXPECT_THAT(refusal([&] { (void)table("m,n,k,time_us\n8,1,1,30\n", Repeats::refuse, {model}); }),
              AllOf(HasSubstr("times.csv:2: "), HasSubstr("no rows of the models")));
}

TEST_F(StepTimesTable, RepeatsAreRefusedOrTheirMedianTaken) {
  std::string const text = "m,n,k,time_us\n1,2,3,30\n1,2,4,9\n1,2,3,10\n1,2,3,11\n";
  EXPECT_THAT(problem(text), AllOf(HasSubstr("times.csv:4: product 1 x 2 x 3 is given twice"),
                                   HasSubstr("times.csv:2: "), HasSubstr("--repeats median")));
  auto const read = table(text, Repeats::median);
  ASSERT_EQ(read.rows.size(), 2u);
  EXPECT_TRUE(close(read.rows[0].time_ns, 11e3, {.relative = 1e-12}));
}

TEST_F(StepTimesTable, BadColumnsAndCellsAreNamedWithTheirLine) {
  EXPECT_THAT(problem("m,n,time_us\n1,2,3\n"), AllOf(HasSubstr("times.csv:1: "), HasSubstr("'k'")));
  EXPECT_THAT(problem("m,n,k,time\n1,2,3,4\n"), HasSubstr("no unit"));
  EXPECT_THAT(problem("m,n,k,time_us,time_ms\n1,2,3,4,5\n"), HasSubstr("both times"));
  EXPECT_THAT(problem("m,n,k,time_us,tile\n1,2,3,4,5\n"), HasSubstr("column 'tile' is not known"));
  EXPECT_THAT(problem("m,n,k,time_us\n1,2,3,-4\n"),
              AllOf(HasSubstr("times.csv:2: time_us"), HasSubstr("not a time")));
  EXPECT_THAT(problem("m,n,k,time_us\n1,2,3,nan\n"), HasSubstr("times.csv:2: "));
  EXPECT_THAT(problem("m,n,k,time_us\n0,2,3,4\n"), HasSubstr("times.csv:2: m = 0 is outside"));
  EXPECT_THAT(problem("m,n,k,time_us\n"), HasSubstr("no rows"));
  EXPECT_THAT(problem("op,bytes,time_us\nrms_nrom,8,4\n"),
              AllOf(HasSubstr("times.csv:2: op = 'rms_nrom'"), HasSubstr("expected 'rms_norm'")));
  EXPECT_THAT(problem("ranks,bytes,time_us\n1,8,4\n"), HasSubstr("ranks = 1 is outside"));
  EXPECT_THAT(problem("batch,q_len,time_us\n1,8,4\n"), HasSubstr("no table of products"));
}

TEST_F(StepTimesTable, IsToldFromATableOfAttentionByItsHeader) {
  EXPECT_TRUE(is_step_times(write("a.csv", "m,n,time_us\n")));
  EXPECT_TRUE(is_step_times(write("b.csv", "op,bytes,time_us\n")));
  EXPECT_FALSE(is_step_times(write("c.csv", "batch,q_len,kv_len,op,time_us\n")));
}

}  // namespace
}  // namespace fluxscope::sim

#include "sim/device/step_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/device/transfer.hpp"
#include "tests/refusal.hpp"
#include "tests/sim/profiles.hpp"
#include "tests/sim/step/small_tables.hpp"

namespace fluxscope::sim {
namespace {

using fluxscope::testing::refusal;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string said(std::string const& text) {
  auto const file = TomlTable::parse(text, "gpu.toml");
  return refusal([&] { static_cast<void>(read_step_tables(file, testing::h200_like().spec)); });
}

TEST(StepTables, AreReadAsTheyAreWritten) {
  DeviceProfile const profile = testing::h200_like();
  StepTables tables = testing::small_tables(profile.spec);
  tables.collective[4] = RateCurve({{1000, 2000}, {2000, 2500}});
  std::string const text = step_tables_text(tables);

  auto const file = TomlTable::parse(text, "gpu.toml");
  StepTables const read = read_step_tables(file, profile.spec);
  file.close();

  EXPECT_EQ(step_tables_text(read), text);
  EXPECT_EQ(read.gemm.points().size(), 5u);
  EXPECT_EQ(read.rows.size(), 5u);
  EXPECT_EQ(read.collective.at(4).time(2000).time_ns, 2500);
  EXPECT_EQ(read.launch, tables.launch);
}

TEST(StepTables, AProfileWithoutThemHasNone) {
  EXPECT_EQ(step_tables_text({}), "");
  StepTables const none = read_step_tables(TomlTable::parse("", "gpu.toml"), {});
  EXPECT_TRUE(none.gemm.empty());
  EXPECT_FALSE(none.launch.has_value());
}

TEST(StepTables, OfAnotherGpuAreNotTransferred) {
  DeviceProfile from = testing::h200_like();
  from.step = testing::small_tables(from.spec);
  EXPECT_TRUE(transfer(from, from.spec).step.gemm.empty());
}

TEST(StepTables, PointsMayBeAnArrayBeforeTheFirstTable) {
  EXPECT_EQ(
      said("gemm = [\n  { m = 1, n = 2, k = 3, time_ns = 4, tile_m = 64, tile_n = 64 },\n]\n"),
      "accepted");
  EXPECT_THAT(said("rows = [\n  { op = \"rms_norm\", bytes = 8, time_ns = 4 },\n"
                   "  { op = \"rms_norm\", bytes = 4, time_ns = 4 },\n]\n"),
              AllOf(HasSubstr("gpu.toml:3: "), HasSubstr("bytes = 4 follow 8")));
}

TEST(StepTables, WhatIsTransferredIsAnOperationOrATable) {
  std::string const head = "[steps]\ntransferred_from = \"h200\"\ntransferred = ";
  EXPECT_EQ(said(head + "[\"launch\", \"router\"]\n"), "accepted");
  EXPECT_THAT(said(head + "[\"lunch\"]\n"),
              AllOf(HasSubstr("gpu.toml:3"), HasSubstr("'lunch' is no table")));
}

TEST(StepTables, BadPointsAreNamedWithTheirLine) {
  std::string const product =
      "[[gemm]]\nm = 1\nn = 2\nk = 3\ntime_ns = 4\ntile_m = 64\ntile_n = 64\n";
  EXPECT_EQ(said(product), "accepted");
  EXPECT_THAT(said(product + product),
              AllOf(HasSubstr("gpu.toml:8: the product 1 x 2 x 3"), HasSubstr("twice")));
  EXPECT_THAT(said("[[gemm]]\nm = 0\n"), HasSubstr("gpu.toml:2: m = 0 is outside"));
  EXPECT_THAT(said("[[gemm]]\nm = 1\nn = 2\nk = 3\ntime_ns = nan\n"), HasSubstr("time_ns"));
  std::string const row = "[[rows]]\nop = \"rms_norm\"\nbytes = 100\ntime_ns = 5\n";
  EXPECT_THAT(said(row), HasSubstr("has one size of rms_norm"));
  EXPECT_THAT(said(row + row), HasSubstr("gpu.toml:7: bytes = 100 follow 100"));
  EXPECT_THAT(said("[[rows]]\nop = \"qkv_gemm\"\n"), HasSubstr("op = 'qkv_gemm' is unknown"));
  EXPECT_THAT(said("[launch]\neager_gap_ns = -1\n"), HasSubstr("eager_gap_ns = -1 is outside"));
}

}  // namespace
}  // namespace fluxscope::sim

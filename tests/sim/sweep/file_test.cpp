#include "sim/sweep/file.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/refusal.hpp"
#include "tests/test_folder.hpp"

namespace fluxscope::sim {
namespace {

SweepTable two_rows() {
  SweepTable table{.name = "small",
                   .model = "some",
                   .gpu_words = "h200",
                   .policy_words = "flux",
                   .identity = {{.name = "program", .hash = "0"}},
                   .points = 2};
  SweepRow row{.batch = 1, .kv_len = 4096, .msr_ratio = 0.5};
  row.time_ns = row.time_low_ns = row.time_high_ns = row.full_time_ns = 1000;
  table.rows = {row, row};
  table.rows[1].point = 1;
  return table;
}

using SweepFile = fluxscope::testing::TestFolder;

TEST_F(SweepFile, ARowWithANumberThatNoSweepHasIsRefused) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  auto const said = [&](auto member, auto value) {
    auto changed = two_rows();
    changed.rows[1].*member = value;
    write_sweep(path("changed.h5"), changed);
    return fluxscope::testing::refusal([&] { (void)read_sweep(path("changed.h5")); });
  };

  EXPECT_EQ(said(&SweepRow::speedup_ratio, std::nan("")), "accepted");
  for (auto const& text :
       {said(&SweepRow::time_ns, kInfinite), said(&SweepRow::time_low_ns, std::nan("")),
        said(&SweepRow::time_high_ns, kInfinite), said(&SweepRow::full_time_ns, -1.0),
        said(&SweepRow::msr_ratio, 1.5), said(&SweepRow::speedup_ratio, kInfinite),
        said(&SweepRow::ideal_speedup_ratio, -kInfinite), said(&SweepRow::batch, 0),
        said(&SweepRow::kv_bytes_held, std::int64_t{-1})}) {
    EXPECT_NE(text.find("/points row 1: "), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace fluxscope::sim

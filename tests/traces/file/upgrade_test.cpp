// Files of older minor versions get what newer ones say.

#include "traces/file/upgrade.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <cstring>
#include <map>

#include "tests/refusal.hpp"
#include "tests/traces/random_trace.hpp"
#include "tests/traces/seal.hpp"
#include "traces/file/reader.hpp"
#include "traces/file/writer.hpp"

#include "fluxscope_test_paths.hpp"

namespace fluxscope::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using traces::LaunchRecord;
using traces::Trace;

void set_version(hid_t file, char const* version) {
  H5Adelete(file, "schema_version");
  hid_t const type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, std::strlen(version));
  hid_t const space = H5Screate(H5S_SCALAR);
  hid_t const attribute = H5Acreate2(file, "schema_version", type, space, H5P_DEFAULT, H5P_DEFAULT);
  ASSERT_GE(H5Awrite(attribute, type, version), 0);
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
}

/// `trace` as a file of 1.<minor> would hold it: without the columns that came later.
std::string older_file(TemporaryFolder const& folder, Trace const& trace, int minor) {
  std::string const path = folder.file("old.h5");
  traces::write_trace(path, trace);
  hid_t const file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  traces::for_each_table([&](auto const& table) {
    for (auto const& column : table.columns) {
      if (column.since.minor <= minor) continue;
      std::string const name = std::string(table.group) + "/" + std::string(column.name);
      EXPECT_GE(H5Ldelete(file, name.c_str(), H5P_DEFAULT), 0) << name;
    }
  });
  set_version(file, ("1." + std::to_string(minor) + ".0").c_str());
  H5Fclose(file);
  unseal(path);
  return path;
}

TEST(Upgrade, AFileOfAnOlderMinorVersionGetsTheDefaultsOfNewerColumns) {
  TemporaryFolder const folder;
  Trace const trace = random_trace(61, 30);

  Trace const got = traces::read_trace(older_file(folder, trace, 0));

  ASSERT_EQ(got.rows.size(), 30u);
  for (auto const& row : got.rows) EXPECT_EQ(row.tied_kv_heads, 0);
  EXPECT_EQ(got.rows[7].msr_ratio, trace.rows[7].msr_ratio);
  EXPECT_TRUE(same_rows<traces::SmRecord>(got.sms, trace.sms));
}

TEST(Upgrade, AFileSaysWhetherItHasDigests) {
  TemporaryFolder const folder;

  EXPECT_FALSE(traces::read_trace(older_file(folder, random_trace(63, 3), 1)).has_digests);
  traces::write_trace(folder.file("new.h5"), random_trace(63, 3));
  EXPECT_TRUE(traces::read_trace(folder.file("new.h5")).has_digests);
}

TEST(Upgrade, AFileOfItsVersionHasEveryColumn) {
  TemporaryFolder const folder;
  std::string const path = older_file(folder, random_trace(62, 3), 0);
  hid_t const file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  set_version(file, "1.1.0");
  H5Fclose(file);

  EXPECT_THAT(refusal([&] { static_cast<void>(traces::read_trace(path)); }),
              HasSubstr("has no dataset /rows/tied_kv_heads"));
}

/// A launch as 1.0 wrote it.
LaunchRecord old_launch(std::uint32_t pass, std::uint32_t case_id, std::uint32_t index,
                        std::string op, std::string kernel) {
  return {.case_id = case_id,
          .pass = pass,
          .index = index,
          .op = std::move(op),
          .kernel = std::move(kernel)};
}

TEST(Upgrade, TheSymbolOfPass1MovesAndTheProbedLaunchNamesTheKernel) {
  Trace trace;
  trace.launches = {old_launch(2, 0, 0, "gather_kv", "gather_kv"),
                    old_launch(2, 0, 1, "decode", "decode_v2"),
                    old_launch(1, 0, 1, "decode", "void ns::decode_split_kernel<128>(P)")};

  traces::upgrade(trace, 0);

  EXPECT_EQ(trace.launches[2].kernel, "decode_v2");  // of case 0, index 1
  EXPECT_EQ(trace.launches[2].symbol, "void ns::decode_split_kernel<128>(P)");
  EXPECT_EQ(trace.launches[1].kernel, "decode_v2");
  EXPECT_EQ(trace.launches[1].symbol, "");
}

TEST(Upgrade, WithoutAProbeTheLongestKnownNameInTheSymbolIsTheKernel) {
  Trace trace;
  trace.launches = {old_launch(1, 0, 0, "prefill", "void combine::prefill_wgmma_kernel<2>(P)"),
                    old_launch(1, 0, 1, "combine", "void merge::combine_kernel<2>(P)"),
                    old_launch(1, 0, 2, "prefill", "void another::attention(P)"),
                    old_launch(2, 1, 0, "decode", "")};  // simulated: 1.0 had no name there

  traces::upgrade(trace, 0);

  EXPECT_EQ(trace.launches[0].kernel, "prefill_wgmma");
  EXPECT_EQ(trace.launches[1].kernel, "combine");
  EXPECT_EQ(trace.launches[2].kernel, "");
  EXPECT_EQ(trace.launches[2].symbol, "void another::attention(P)");
  EXPECT_EQ(trace.launches[3].kernel, "");
}

TEST(Upgrade, TheOperationSaysWhatALaunchCountsAs) {
  Trace trace;
  for (char const* op : {"prefill", "decode", "gather_kv", "router", "combine"}) {
    trace.launches.push_back(old_launch(2, 0, 0, op, op));
  }

  traces::upgrade(trace, 0);

  std::vector<std::string> counted;
  for (auto const& launch : trace.launches) counted.push_back(launch.counted_as);
  EXPECT_EQ(counted, (std::vector<std::string>{"attention", "attention", "selection", "selection",
                                               "other"}));
}

TEST(Upgrade, AFileOfTodayStaysAsItIs) {
  Trace trace;
  trace.launches = {old_launch(1, 0, 0, "prefill", "my_kernel")};
  trace.launches[0].symbol = "void my_kernel<1>()";

  traces::upgrade(trace, traces::kSchemaMinor);

  EXPECT_EQ(trace.launches[0].kernel, "my_kernel");
  EXPECT_EQ(trace.launches[0].symbol, "void my_kernel<1>()");
  EXPECT_EQ(trace.launches[0].counted_as, "other");
}

// The three files were of schema 1.0 before they were written anew; passes 1 and 2 of one launch
// ran the same kernel.
TEST(Upgrade, RecordedTracesNameOneKernelInBothPasses) {
  for (char const* name : {"head-vs-layer-decode", "head-vs-layer-prefill", "prefill-mma"}) {
    Trace const trace =
        traces::read_trace(std::string(FLUXSCOPE_SOURCE_DIR "/traces/recorded/") + name + ".h5");
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::string> kernels;
    std::size_t symbols = 0;
    for (LaunchRecord const& launch : trace.launches) {
      auto const [found, first] =
          kernels.emplace(std::pair(launch.case_id, launch.index), launch.kernel);
      EXPECT_EQ(found->second, launch.kernel) << name << " launch " << launch.launch_id;
      EXPECT_THAT(launch.kernel,
                  AnyOf("prefill_wgmma", "prefill_mma", "decode_split", "combine", "gather_kv"));
      EXPECT_EQ(launch.symbol.empty(), launch.pass != 1);
      if (launch.pass != 1) continue;
      EXPECT_THAT(launch.symbol, HasSubstr(launch.kernel + "_kernel<"));
      ++symbols;
    }
    EXPECT_EQ(symbols, kernels.size()) << name;
  }
}

}  // namespace
}  // namespace fluxscope::testing

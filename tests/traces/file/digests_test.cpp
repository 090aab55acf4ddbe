// What the digests of a trace notice.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/refusal.hpp"
#include "tests/traces/random_trace.hpp"
#include "tests/traces/seal.hpp"
#include "traces/file/reader.hpp"
#include "traces/file/writer.hpp"

namespace fluxscope::testing {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using traces::read_trace;
using traces::Trace;

class Digests : public ::testing::Test {
 protected:
  Digests() { traces::write_trace(path_, want_); }

  std::string refusal_after(std::function<void(hid_t)> const& edit) {
    hid_t const file = H5Fopen(path_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    edit(file);
    H5Fclose(file);
    return refusal([&] { static_cast<void>(read_trace(path_)); });
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("t.h5");
  Trace want_ = random_trace(78, 40);
};

TEST_F(Digests, AValueThatWasChangedThroughHdf5IsNoticed) {
  std::string const got = refusal_after([](hid_t file) {
    hid_t const dataset = H5Dopen2(file, "/tile_times/mean_ns", H5P_DEFAULT);
    std::vector<double> values(40);
    H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    values[7] += 1;
    H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(dataset);
  });

  EXPECT_THAT(got, AllOf(HasSubstr(path_), HasSubstr("/tile_times/mean_ns does not hold"),
                         HasSubstr("digest does not match")));
}

TEST_F(Digests, AnAttributeThatWasChangedIsNoticed) {
  std::string const got = refusal_after([](hid_t file) {
    std::int64_t const bytes = 12345;
    H5Adelete_by_name(file, "/device", "l2_bytes", H5P_DEFAULT);
    hid_t const space = H5Screate(H5S_SCALAR);
    hid_t const attribute = H5Acreate_by_name(file, "/device", "l2_bytes", H5T_STD_I64LE, space,
                                              H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    EXPECT_GE(H5Awrite(attribute, H5T_NATIVE_INT64, &bytes), 0);
    H5Sclose(space);
    H5Aclose(attribute);
  });

  EXPECT_THAT(got, HasSubstr("its attributes, are not those that were written"));
}

TEST_F(Digests, AColumnThatWasTakenAwayAddedOrCutIsNoticed) {
  std::string const whole = folder_.file("whole.h5");
  std::filesystem::copy_file(path_, whole);
  auto const after = [&](std::function<void(hid_t)> const& edit) {
    std::filesystem::copy_file(whole, path_, std::filesystem::copy_options::overwrite_existing);
    return refusal_after(edit);
  };
  auto const noticed = HasSubstr("are not those that were written");

  EXPECT_THAT(after([](hid_t file) { H5Ldelete(file, "/warp/in_cyc", H5P_DEFAULT); }), noticed);
  EXPECT_THAT(after([](hid_t file) {
                H5Gclose(H5Gcreate2(file, "/more", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
              }),
              noticed);
  EXPECT_THAT(after([](hid_t file) {
                hsize_t const rows = 39;
                hid_t const dataset = H5Dopen2(file, "/warp/in_cyc", H5P_DEFAULT);
                H5Dset_extent(dataset, &rows);
                H5Dclose(dataset);
              }),
              noticed);
}

TEST_F(Digests, AFileOfTodayWithoutDigestsIsRefused) {
  unseal(path_);

  EXPECT_THAT(refusal([&] { static_cast<void>(read_trace(path_)); }), HasSubstr("has no digest"));
}

TEST_F(Digests, EveryCommitOfAWriterThatWasStoppedHasThem) {
  std::string const path = folder_.file("stopped.h5");
  {
    traces::TraceWriter writer(path, want_.run, want_.device,
                               traces::view<traces::OpeningRecords>(want_));
    writer.append(traces::view<traces::RunningRecords>(want_));
  }

  Trace const got = read_trace(path + ".tmp");

  EXPECT_TRUE(got.has_digests);
  EXPECT_FALSE(got.complete);
  EXPECT_TRUE(same_rows<traces::CtaRecord>(got.ctas, want_.ctas));
}

// Each of these gave other numbers, or a crash, without digests: HDF5 1.8 has no checksum over the
// indexes of chunks.
TEST_F(Digests, EveryBitOfAChunkIndexIsNoticedOrChangesNothing) {
  std::ifstream in(path_, std::ios::binary);
  std::string const whole(std::istreambuf_iterator<char>(in), {});
  int refused = 0;
  int tried = 0;
  for (auto at = whole.find("TREE"); at != std::string::npos; at = whole.find("TREE", at + 1)) {
    // Of its head, a key, a child and a key again.
    for (auto bit = static_cast<std::size_t>(tried % 211); bit < 8 * 72; bit += 211) {
      std::string bytes = whole;
      bytes[at + bit / 8] = static_cast<char>(bytes[at + bit / 8] ^ 1 << bit % 8);
      std::ofstream(path_, std::ios::binary) << bytes;
      ++tried;
      std::string const problem = refusal(
          [&] { EXPECT_TRUE(same_trace(read_trace(path_), want_)) << "byte " << at + bit / 8; });
      refused += problem == "accepted" ? 0 : 1;
    }
  }
  EXPECT_GT(tried, 300);
  EXPECT_GT(refused, tried / 4);
}

/// The first chunk index of `bytes` with a number of `Number`'s width put at `offset` in it.
template <class Number>
std::string forged(std::string bytes, std::size_t offset, Number number) {
  std::memcpy(bytes.data() + bytes.find("TREE\x01") + offset, &number, sizeof number);
  return bytes;
}

// A chunk of 1 to 3 stored bytes crashes HDF5 1.10's checksum filter.
TEST_F(Digests, ForgedNumbersInAChunkIndexAreRefusedBeforeTheyAreUsed) {
  std::ifstream in(path_, std::ios::binary);
  std::string const whole(std::istreambuf_iterator<char>(in), {});
  auto const said = [&](std::string const& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    return refusal([&] { static_cast<void>(read_trace(path_)); });
  };
  constexpr std::size_t kLevel = 5, kEntries = 6, kBytes = 24, kSkipped = 28, kRow = 32,
                        kAddress = 48;

  for (std::uint32_t const bytes : {1u, 2u, 3u, 4u, 0u}) {
    EXPECT_THAT(said(forged(whole, kBytes, bytes)),
                HasSubstr("row 0 of " + std::to_string(bytes) + " bytes (possible: 12 to "));
  }
  auto const cut_off = HasSubstr("a chunk at row 0 that is absent, cut off or unfiltered");
  EXPECT_THAT(said(forged(whole, kBytes, ~std::uint32_t{0})), cut_off);
  EXPECT_THAT(said(forged(whole, kSkipped, std::uint32_t{1})), cut_off);
  EXPECT_THAT(said(forged(whole, kAddress, whole.size() + 1)), cut_off);
  EXPECT_THAT(said(forged(whole, kAddress, ~std::uint64_t{0})), cut_off);
  EXPECT_THAT(said(forged(whole, kRow, std::uint64_t{1} << 40)),
              HasSubstr("a chunk at row 1099511627776 where one at row 0 should be"));
  EXPECT_THAT(said(forged(whole, kLevel, std::uint8_t{255})), HasSubstr("is no such index"));
  EXPECT_THAT(said(forged(whole, kEntries, std::uint16_t{0})), HasSubstr("is no such index"));
  EXPECT_THAT(said(forged(whole, kEntries, std::uint16_t{65535})),
              AnyOf(HasSubstr("outside the file"), HasSubstr("where one at row")));
}

}  // namespace
}  // namespace fluxscope::testing

// The file under the HDF5 file, against a plain vector of bytes.

#include "base/hdf5/journaled_store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "tests/traces/random_trace.hpp"

namespace fluxscope::testing {
namespace {

using hdf5::JournaledStore;
using Bytes = std::vector<std::byte>;

OutputRules const kAny = {.kinds = {{.name = "bytes", .begins = {""}}}};

Bytes bytes_of(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  std::string const text(std::istreambuf_iterator<char>(in), {});
  Bytes bytes(text.size());
  std::transform(text.begin(), text.end(), bytes.begin(), [](char c) { return std::byte(c); });
  return bytes;
}

TEST(JournaledStore, ReadsBackLikeAPlainBuffer) {
  TemporaryFolder const folder;
  OutputFile output(folder.file("s"), kAny);
  JournaledStore store(output);
  Bytes plain;
  std::mt19937 random(1);

  for (int step = 0; step < 3000; ++step) {
    std::size_t const offset = random() % 20'000;
    Bytes data(random() % 3000);
    for (auto& byte : data) byte = static_cast<std::byte>(random());
    if (offset <= plain.size()) {
      plain.resize(std::max(plain.size(), offset + data.size()));
      std::copy(data.begin(), data.end(), plain.begin() + static_cast<std::ptrdiff_t>(offset));
      store.write(offset, data);
    }
    Bytes got(plain.size());
    store.read(0, got);
    ASSERT_EQ(got, plain) << "step " << step;
    if (step % 7 == 0) {
      store.commit();
      ASSERT_EQ(bytes_of(output.temporary()), plain) << "step " << step;
    }
  }
}

TEST(JournaledStore, UncommittedChangesLeaveCommittedBytesAlone) {
  TemporaryFolder const folder;
  OutputFile output(folder.file("s"), kAny);
  JournaledStore store(output);
  Bytes const first(5000, std::byte{1});
  store.write(0, first);
  store.commit();

  store.write(100, Bytes(8000, std::byte{2}));
  Bytes const file = bytes_of(output.temporary());

  ASSERT_GE(file.size(), first.size());
  EXPECT_TRUE(std::equal(first.begin(), first.end(), file.begin()));
}

TEST(JournaledStore, AShorterFileIsCutByCommit) {
  TemporaryFolder const folder;
  OutputFile output(folder.file("s"), kAny);
  JournaledStore store(output);
  store.write(0, Bytes(5000, std::byte{1}));
  store.commit();

  store.resize(700);
  store.commit();

  EXPECT_EQ(bytes_of(output.temporary()), Bytes(700, std::byte{1}));
}

TEST(JournaledStore, AFileWithoutJournalIsLeftToTheReader) {
  TemporaryFolder const folder;
  std::ofstream(folder.file("s")) << std::string(1000, 'x');

  EXPECT_FALSE(hdf5::load_with_journal(folder.file("s")).has_value());
  EXPECT_FALSE(hdf5::load_with_journal(folder.file("absent")).has_value());
}

}  // namespace
}  // namespace fluxscope::testing

// Whatever the file: an InputError that says what is wrong, or a valid trace. Never a crash.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <random>

#include "base/error.hpp"
#include "tests/refusal.hpp"
#include "tests/traces/random_trace.hpp"
#include "tests/traces/seal.hpp"
#include "traces/file/reader.hpp"
#include "traces/file/writer.hpp"

namespace fluxscope::testing {
namespace {

namespace fs = std::filesystem;
using traces::read_trace;
using traces::Trace;

class DamagedFile : public ::testing::Test {
 protected:
  DamagedFile() { traces::write_trace(path_, want_); }

  /// Changes the file through HDF5 itself, and its digests accordingly where they can be.
  void change(std::function<void(hid_t)> const& edit) {
    hid_t const file = H5Fopen(path_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    ASSERT_GE(file, 0);
    edit(file);
    ASSERT_GE(H5Fclose(file), 0);
    seal(path_);
  }
  void expect_refused(std::string const& words) {
    try {
      static_cast<void>(read_trace(path_));
      ADD_FAILURE() << "read without an error; expected: " << words;
    } catch (InputError const& error) {
      std::string const text = error.what();
      EXPECT_EQ(text.rfind(path_ + ": ", 0), 0u) << text;
      EXPECT_NE(text.find(words), std::string::npos) << text;
    }
  }
  void set_version(char const* version) {
    change([&](hid_t file) {
      H5Adelete(file, "schema_version");
      hid_t const type = H5Tcopy(H5T_C_S1);
      H5Tset_size(type, std::strlen(version));
      hid_t const space = H5Screate(H5S_SCALAR);
      hid_t const attribute =
          H5Acreate2(file, "schema_version", type, space, H5P_DEFAULT, H5P_DEFAULT);
      ASSERT_GE(H5Awrite(attribute, type, version), 0);
      H5Aclose(attribute);
      H5Sclose(space);
      H5Tclose(type);
    });
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.file("t.h5");
  Trace want_ = random_trace(77, 40);
};

/// A dataset of `dims` elements in place of `name`, all zero.
void replace_dataset(hid_t file, char const* name, hid_t type, std::vector<hsize_t> const& dims,
                     hid_t properties = H5P_DEFAULT) {
  H5Ldelete(file, name, H5P_DEFAULT);
  hid_t const space = H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
  hid_t const dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  ASSERT_GE(dataset, 0);
  std::vector<std::int64_t> const zeros(dims.empty() ? 1 : 4096, 0);
  ASSERT_GE(H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros.data()), 0);
  H5Dclose(dataset);
  H5Sclose(space);
}

/// Sets row `row` of an integer column.
void set_element(hid_t file, char const* name, hsize_t row, std::int64_t value) {
  hid_t const dataset = H5Dopen2(file, name, H5P_DEFAULT);
  hid_t const space = H5Dget_space(dataset);
  ASSERT_GE(H5Sselect_elements(space, H5S_SELECT_SET, 1, &row), 0);
  hid_t const one = H5Screate(H5S_SCALAR);
  ASSERT_GE(H5Dwrite(dataset, H5T_NATIVE_INT64, one, space, H5P_DEFAULT, &value), 0);
  H5Sclose(one);
  H5Sclose(space);
  H5Dclose(dataset);
}

TEST_F(DamagedFile, IsReadWhereItIsNotDamaged) {
  EXPECT_TRUE(same_trace(read_trace(path_), want_));
}

TEST_F(DamagedFile, AbsentFolderEmptyAndForeignFilesAreNamed) {
  fs::remove(path_);
  expect_refused("no such file");
  fs::create_directory(path_);
  expect_refused("is not a file");
  fs::remove(path_);
  std::ofstream{path_};
  expect_refused("is empty");
  std::ofstream(path_) << "case,time\n1,2\n";
  expect_refused("is not an HDF5 file");
  fs::remove(path_);
  H5Fclose(H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  expect_refused("is not a fluxscope trace");
}

TEST_F(DamagedFile, AnotherMajorVersionIsRefusedByName) {
  for (char const* version : {"2.0.0", "0.9.1", "10.0.0"}) {
    set_version(version);
    expect_refused(std::string("has schema version ") + version);
  }
  for (char const* version : {"one", "1", "-", ".", "1.x", "1.-2", "1."}) {
    set_version(version);
    expect_refused("has schema_version '");
  }
}

TEST_F(DamagedFile, ANewerMinorVersionIsReadAndItsNewsIgnored) {
  set_version("1.7.0");
  change([](hid_t file) {
    replace_dataset(file, "/cta/new_column", H5T_STD_I64LE, {3});
    H5Gclose(H5Gcreate2(file, "/wait", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    replace_dataset(file, "/wait/t_ns", H5T_STD_I64LE, {3, 3});
  });

  EXPECT_TRUE(same_trace(read_trace(path_), want_));
}

TEST_F(DamagedFile, AMissingGroupDatasetOrAttributeIsNamed) {
  auto const intact = folder_.file("intact.h5");
  fs::copy_file(path_, intact);
  auto const restored = [&](std::function<void(hid_t)> const& edit, std::string const& words) {
    fs::copy_file(intact, path_, fs::copy_options::overwrite_existing);
    change(edit);
    expect_refused(words);
  };

  restored([](hid_t file) { H5Ldelete(file, "/cta", H5P_DEFAULT); }, "has no group /cta");
  restored([](hid_t file) { H5Ldelete(file, "/strings", H5P_DEFAULT); }, "has no group /strings");
  restored([](hid_t file) { H5Ldelete(file, "/device", H5P_DEFAULT); }, "has no group /device");
  restored([](hid_t file) { H5Ldelete(file, "/strings/blob", H5P_DEFAULT); },
           "has no dataset /strings/blob");
  restored([](hid_t file) { H5Ldelete(file, "/sm/busy_ns", H5P_DEFAULT); },
           "has no dataset /sm/busy_ns");
  restored([](hid_t file) { H5Adelete(file, "complete"); }, "complete");
  restored([](hid_t file) { H5Adelete(file, "uuid"); }, "has no attribute uuid");
  restored([](hid_t file) { H5Adelete(file, "schema"); }, "is not a fluxscope trace");
}

TEST_F(DamagedFile, WrongTypesShapesAndLengthsAreNamed) {
  auto const intact = folder_.file("intact.h5");
  fs::copy_file(path_, intact);
  auto const replaced = [&](hid_t type, std::vector<hsize_t> const& dims,
                            std::string const& words) {
    fs::copy_file(intact, path_, fs::copy_options::overwrite_existing);
    change([&](hid_t file) { replace_dataset(file, "/cta/t_in_ns", type, dims); });
    expect_refused(words);
  };

  replaced(H5T_STD_I32LE, {40}, "/cta/t_in_ns: has another element type");
  replaced(H5T_STD_U64LE, {40}, "/cta/t_in_ns: has another element type");
  replaced(H5T_STD_I64BE, {40}, "/cta/t_in_ns: has another element type");
  replaced(H5T_IEEE_F64LE, {40}, "/cta/t_in_ns: has another element type");
  replaced(H5T_STD_I64LE, {39}, "/cta/t_in_ns has 39 rows, but /cta/launch_id has 40");
  replaced(H5T_STD_I64LE, {41}, "has 41 rows");
  replaced(H5T_STD_I64LE, {20, 2}, "is not one-dimensional");
  replaced(H5T_STD_I64LE, {}, "is not one-dimensional");
}

TEST_F(DamagedFile, LinksToElsewhereAreRefused) {
  auto const intact = folder_.file("intact.h5");
  fs::copy_file(path_, intact);

  change([](hid_t file) { H5Lcreate_soft("/cases", file, "/also", H5P_DEFAULT, H5P_DEFAULT); });
  expect_refused("/also is a soft or external link");

  fs::copy_file(intact, path_, fs::copy_options::overwrite_existing);
  change([&](hid_t file) {
    H5Ldelete(file, "/cta/sm", H5P_DEFAULT);
    H5Lcreate_external(intact.c_str(), "/cta/sm", file, "/cta/sm", H5P_DEFAULT, H5P_DEFAULT);
  });
  expect_refused("/cta/sm is a soft or external link");

  fs::copy_file(intact, path_, fs::copy_options::overwrite_existing);
  change([&](hid_t file) {
    H5Ldelete(file, "/sm", H5P_DEFAULT);
    H5Lcreate_external(intact.c_str(), "/sm", file, "/sm", H5P_DEFAULT, H5P_DEFAULT);
  });
  expect_refused("/sm is a soft or external link");
}

TEST_F(DamagedFile, ValuesInOtherFilesAndOtherFiltersAreRefused) {
  auto const intact = folder_.file("intact.h5");
  fs::copy_file(path_, intact);
  auto const stored = [&](std::function<void(hid_t)> const& set, std::string const& words) {
    fs::copy_file(intact, path_, fs::copy_options::overwrite_existing);
    change([&](hid_t file) {
      hid_t const properties = H5Pcreate(H5P_DATASET_CREATE);
      set(properties);
      replace_dataset(file, "/cta/t_in_ns", H5T_STD_I64LE, {40}, properties);
      H5Pclose(properties);
    });
    expect_refused(words);
  };
  hsize_t const chunk = 16;

  stored([&](hid_t p) { H5Pset_external(p, folder_.file("raw").c_str(), 0, 320); },
         "stores its values in another file");
  stored(
      [&](hid_t p) {
        H5Pset_chunk(p, 1, &chunk);
        H5Pset_scaleoffset(p, H5Z_SO_INT, H5Z_SO_INT_MINBITS_DEFAULT);
      },
      "uses HDF5 filters [6]");
}

TEST_F(DamagedFile, AHugeExtentIsRefusedWithoutMemory) {
  for (hsize_t const rows : {hsize_t{1} << 20, hsize_t{1} << 40, hsize_t{1} << 60}) {
    change([&](hid_t file) {
      for (char const* name : {"/cta/launch_id", "/strings/blob"}) {
        hid_t const dataset = H5Dopen2(file, name, H5P_DEFAULT);
        ASSERT_GE(H5Dset_extent(dataset, &rows), 0);
        H5Dclose(dataset);
      }
    });

    expect_refused("more than its stored bytes can hold");
  }
}

TEST_F(DamagedFile, ValuesOutOfRangeAreNamedWithTableAndRow) {
  auto const intact = folder_.file("intact.h5");
  fs::copy_file(path_, intact);
  auto const set = [&](char const* column, hsize_t row, std::int64_t value,
                       std::string const& words) {
    fs::copy_file(intact, path_, fs::copy_options::overwrite_existing);
    change([&](hid_t file) { set_element(file, column, row, value); });
    expect_refused(words);
  };

  set("/cta/launch_id", 3, 40, "/cta row 3: launch_id is 40, but /launches has 40 rows");
  set("/cta/sm", 4, 132, "/cta row 4: sm is 132, but the device has 132 SMs");
  set("/launches/case_id", 5, 41, "/launches row 5: case_id is 41");
  set("/launches/launch_id", 6, 7, "/launches row 6: launch_id is 7, expected the row number");
  set("/row_layers/row_id", 0, 400, "/row_layers row 0: row_id is 400");
  set("/cta/t_out_ns", 8, -traces::kMaxTimeNs, "/cta row 8: ends at");
  set("/cta/t_out_ns", 8, traces::kMaxTimeNs + 1, "/cta row 8: t_out_ns is 9007199254740993 ns");
  set("/cta/t_in_ns", 8, traces::kMissingNs, "t_in_ns is missing");
  set("/cases/phase", 9, 0, "/cases row 9: phase is '', expected one of 'prefill', 'decode'");
  set("/cases/name", 2, 1'000'000, "names text 1000000");
  set("/cases/batch", 2, -1, "/cases row 2: batch is -1, expected 0 to 2^53");
  set("/launches/overlapped", 1, 2, "is 2, expected 0 or 1");
  set("/strings/offset", 1, 1 << 30, "/strings/offset row");
  set("/loss/count", 1, -5, "/loss row 1: count is -5");
}

/// The first float of every column in turn is `value`; true where the trace is refused by the name
/// of table, row, column and value.
template <class Record>
void expect_ranges(Trace const& want, double value) {
  auto const& table = traces::table<Record>();
  for (auto const& column : table.columns) {
    auto const* member = std::get_if<double Record::*>(&column.member);
    if (member == nullptr) continue;
    Trace trace = want;
    traces::rows_of<Record>(trace)[1].** member = value;
    std::string const got = refusal([&] { traces::validate(trace, "t"); });
    bool const allowed = column.rule == traces::Rule::finite_or_missing && std::isfinite(value);
    std::string const named = fmt::format("t: {} row 1: {} is {}", table.group, column.name, value);
    EXPECT_EQ(got.substr(0, named.size()), allowed ? "accepted" : named);
  }
}

TEST_F(DamagedFile, InfinitiesNegativeAndHugeAmountsAreRefusedInEveryColumn) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (double const value : {kInfinity, -kInfinity, -1.0, 1e300}) {
    traces::for_each_type(traces::Records{},
                          [&]<class Record>() { expect_ranges<Record>(want_, value); });
  }
}

TEST_F(DamagedFile, NanIsAValueOnlyWhereItMeansMissing) {
  traces::for_each_table([&]<class Record>(traces::Table<Record> const& table) {
    for (auto const& column : table.columns) {
      auto const* member = std::get_if<double Record::*>(&column.member);
      if (member == nullptr) continue;
      EXPECT_NE(column.rule, traces::Rule::any) << table.group << "/" << column.name;
      Trace trace = want_;
      traces::rows_of<Record>(trace)[1].** member = std::numeric_limits<double>::quiet_NaN();
      std::string const got = refusal([&] { traces::validate(trace, "t"); });
      EXPECT_EQ(got == "accepted", traces::may_be_nan(column.rule)) << got;
    }
  });
}

TEST_F(DamagedFile, CtasOutsideTheirGridAndDoubleNamesAreRefused) {
  Trace trace = want_;
  trace.ctas[3].cta = static_cast<std::uint32_t>(trace.launches[trace.ctas[3].launch_id].grid_ctas);
  EXPECT_THROW(traces::validate(trace, "t"), InputError);

  trace = want_;
  trace.cases[3].name = trace.cases[5].name;
  EXPECT_THROW(traces::validate(trace, "t"), InputError);

  trace = want_;
  trace.samples[0].time_ns = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(traces::validate(trace, "t"), InputError);

  EXPECT_NO_THROW(traces::validate(want_, "t"));
}

/// Reads `bytes` as a file; empty where refused.
std::optional<Trace> read_bytes(std::string const& path, std::string const& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  try {
    return read_trace(path);
  } catch (InputError const&) {
    return std::nullopt;
  }
}

std::string bytes_of(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(DamagedFile, CutOffAnywhereIsRefused) {
  std::string const whole = bytes_of(path_);
  for (std::size_t length = 0; length < whole.size(); length += 997) {
    EXPECT_FALSE(read_bytes(path_, whole.substr(0, length))) << length << " bytes";
  }
  EXPECT_FALSE(read_bytes(path_, whole.substr(0, whole.size() - 1)));
}

// 1 in 4 mutations lies in the first 4 KiB. Those that reach unused space leave the trace as it
// was.
TEST_F(DamagedFile, MutatedAnyhowIsReadAsItWasOrRefused) {
  std::string const whole = bytes_of(path_);
  std::mt19937_64 random(1234);
  int refused = 0;
  constexpr int kRounds = 600;
  for (int round = 0; round < kRounds; ++round) {
    std::string bytes = whole;
    auto const position = [&] { return random() % (round % 4 == 0 ? 4096 : bytes.size()); };
    for (auto count = 1 + random() % 8; count > 0; --count) {
      switch (random() % 4) {
        case 0:
          bytes[position()] ^= static_cast<char>(1u << random() % 8);
          break;
        case 1:
          bytes[position()] = static_cast<char>(random());
          break;
        case 2: {  // eight bytes of ones: the largest address, length or count
          auto const at = position();
          bytes.replace(at, std::min<std::size_t>(8, bytes.size() - at), 8, '\xff');
          break;
        }
        default: {  // a piece of the file somewhere else
          auto const from = position();
          auto const to = position();
          auto const piece = bytes.substr(from, random() % 64);
          bytes.replace(to, std::min(piece.size(), bytes.size() - to), piece);
        }
      }
    }
    auto const got = read_bytes(path_, bytes);
    if (got) {
      ASSERT_TRUE(same_trace(*got, want_)) << "round " << round;
    }
    refused += got ? 0 : 1;
  }
  EXPECT_GT(refused, kRounds / 2);
}

}  // namespace
}  // namespace fluxscope::testing

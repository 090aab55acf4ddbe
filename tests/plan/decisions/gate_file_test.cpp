#include "plan/decisions/gate_file/gate_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>

#include "base/random.hpp"
#include "tests/plan/gates_hdf5.hpp"
#include "tests/plan/temporary_folder.hpp"

namespace fluxscope::plan {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::problem;

Model const kModel{
    .name = "small", .layers = 3, .attention = {.q_heads = 4, .kv_heads = 2, .head_dim = 64}};

class GateFile : public testing::TemporaryFolder {
 protected:
  Gates csv(std::string const& text) { return read_gate_file(write("g.csv", text), kModel); }
  Gates jsonl(std::string const& text) { return read_gate_file(write("g.jsonl", text), kModel); }
  std::vector<double> duo_scores(std::string const& text) {
    return read_head_scores(write("d.tsv", text), kModel).scores;
  }
  std::string csv_problem(std::string const& text) {
    return problem([&] { return csv(text); });
  }
  std::string jsonl_problem(std::string const& text) {
    return problem([&] { return jsonl(text); });
  }

  /// A file with dataset `name`.
  std::string hdf5(std::vector<hsize_t> const& shape, std::vector<int> const& values,
                   hid_t stored = H5T_STD_U8LE, std::string const& name = "full") {
    testing::write_gates_hdf5(path("g.h5"), shape, values, stored, name);
    return path("g.h5");
  }
  std::string hdf5_problem(std::vector<hsize_t> const& shape, std::vector<int> const& values,
                           hid_t stored = H5T_STD_U8LE, std::string const& name = "full") {
    auto const file = hdf5(shape, values, stored, name);
    return problem([&] { return read_gate_file(file, kModel); });
  }
};

std::string const kLayers = "request,layer,full\n0,0,1\n0,1,0\n0,2,1\n";

TEST_F(GateFile, CsvOfLayersRepeatsOverTheHeads) {
  Gates const gates = csv("request,layer,full\n1,0,1\n0,2,1\n0,0,0\n0,1,0\n1,2,0\n1,1,1\n");

  EXPECT_EQ(gates.requests, 2);
  EXPECT_EQ(gates.full, (std::vector<std::uint8_t>{0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0}));
}

TEST_F(GateFile, CsvOfHeadsReadsWindowsLineEndsAndEmptyLines) {
  Gates const gates = csv(
      "request,layer,kv_head,full\r\n0,0,0,1\r\n0,0,1,0\r\n0,1,0,0\r\n0,1,1,1\r\n\r\n0,2,0,1\r\n"
      "0,2,1,1");

  EXPECT_EQ(gates.full, (std::vector<std::uint8_t>{1, 0, 0, 1, 1, 1}));
}

TEST_F(GateFile, CsvBadRowsAreNamedWithFileAndLine) {
  auto const after = [&](std::string const& row) { return csv_problem(kLayers + row + "\n"); };

  EXPECT_THAT(after("0,3,1"), AllOf(HasSubstr("g.csv:5: "), HasSubstr("layer = 3")));
  EXPECT_THAT(after("0,-1,1"), AllOf(HasSubstr("g.csv:5: "), HasSubstr("layer = -1")));
  EXPECT_THAT(after("0,x,1"), AllOf(HasSubstr("g.csv:5: "), HasSubstr("layer = 'x'")));
  EXPECT_THAT(after("0,1.5,1"), HasSubstr("'1.5' is not a whole number"));
  EXPECT_THAT(after("-1,1,1"), HasSubstr("g.csv:5: request = -1"));
  EXPECT_THAT(after("99999999999,1,1"), HasSubstr("g.csv:5: request"));
  EXPECT_THAT(after("1,0,2"), HasSubstr("g.csv:5: full = 2"));
  EXPECT_THAT(after("1,0,nan"), HasSubstr("g.csv:5: full = 'nan'"));
  EXPECT_THAT(after("1,0"), HasSubstr("g.csv:5: 2 columns, the header has 3"));
  EXPECT_THAT(after("1,0,1,1"), HasSubstr("g.csv:5: 4 columns"));
  EXPECT_THAT(after("1,0,1,"), HasSubstr("g.csv:5: 4 columns"));
  EXPECT_THAT(after(" 1,0,1"), HasSubstr("g.csv:5: request = ' 1'"));
  EXPECT_THAT(after("1,0," + std::string(1 << 20, '1')), HasSubstr("(1048576 bytes) is outside"));
  EXPECT_THAT(after("0,1,1"), HasSubstr("g.csv:5: this decision is given twice"));
  EXPECT_THAT(csv_problem("request,layer,kv_head,full\n0,0,2,1\n"),
              HasSubstr("g.csv:2: kv_head = 2 is outside [0, 1]"));
}

TEST_F(GateFile, CsvWithoutALayerNamesIt) {
  EXPECT_THAT(csv_problem("request,layer,full\n0,0,1\n0,2,1\n"),
              AllOf(HasSubstr("g.csv:3: "), HasSubstr("request 0 has no decision for layer 1")));
  EXPECT_THAT(csv_problem(kLayers + "1,0,1\n1,1,1\n"),
              HasSubstr("request 1 has no decision for layer 2"));
  EXPECT_THAT(csv_problem("request,layer,kv_head,full\n0,0,0,1\n0,0,1,1\n0,1,0,1\n"),
              HasSubstr("layer 1, kv_head 1"));
  EXPECT_THAT(csv_problem("request,layer,full\n1,0,1\n1,1,1\n1,2,1\n"),
              HasSubstr("request 0 has no decision for layer 0"));
}

TEST_F(GateFile, AByteOrderMarkBeforeATextIsLeftOut) {
  std::string const mark = "\xEF\xBB\xBF";
  EXPECT_EQ(csv(mark + kLayers).full, csv(kLayers).full);
  EXPECT_EQ(jsonl(mark + "{\"full\": [1, 0, 1]}").full, jsonl("{\"full\": [1, 0, 1]}").full);
  EXPECT_EQ(duo_scores(mark + "0.5\t1\r\n0\t0.25\r\n1\t0"),
            (std::vector<double>{0.5, 1, 0, 0.25, 1, 0}));
}

TEST_F(GateFile, NulBytesAreRefusedWithTheirLine) {
  std::string const nul(1, '\0');
  EXPECT_THAT(csv_problem(kLayers + nul), HasSubstr("g.csv:5: a NUL byte"));
  EXPECT_THAT(csv_problem("request,layer,full\n0,0,1" + nul + "\n"), HasSubstr("g.csv:2: a NUL"));
  EXPECT_THAT(jsonl_problem("{\"full\": [1, 0, 1]}" + nul), HasSubstr("g.jsonl:1: a NUL byte"));
  EXPECT_THAT(problem([&] { return duo_scores("0\t1" + nul); }), HasSubstr("d.tsv:1: a NUL byte"));
}

TEST_F(GateFile, ARequestFarBeyondTheRowsTakesNoMemory) {
  // 2^20 requests would be 6.3 million decisions; the first two rows show that one is missing.
  EXPECT_THAT(csv_problem("request,layer,full\n1048575,2,1\n0,0,1\n"),
              HasSubstr("request 0 has no decision for layer 1"));
  EXPECT_THAT(csv_problem("request,layer,full\n1048576,2,1\n"), HasSubstr("outside [0, 1048575]"));
}

TEST_F(GateFile, CsvNeedsItsHeaderAndARow) {
  EXPECT_THAT(csv_problem("layer,request,full\n0,0,1\n"),
              AllOf(HasSubstr("g.csv:1: "), HasSubstr("request,layer,full")));
  EXPECT_THAT(csv_problem("request,layer,full\n"), HasSubstr("g.csv:1: no decisions"));
  EXPECT_THAT(csv_problem(""), HasSubstr("g.csv:1: "));
}

TEST_F(GateFile, JsonlReadsLayersAndHeads) {
  Gates const gates =
      jsonl("{\"full\": [1, 0, true]}\n\n{\"id\": 7, \"full\": [[1, 0], 0, [0, 1]]}\n");

  EXPECT_EQ(gates.requests, 2);
  EXPECT_EQ(gates.full, (std::vector<std::uint8_t>{1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1}));
}

TEST_F(GateFile, JsonlBadLinesAreNamedWithFileAndLine) {
  auto const second = [&](std::string const& line) {
    return jsonl_problem("{\"full\": [1, 0, 1]}\n" + line + "\n");
  };

  EXPECT_THAT(second("{\"full\": [1, 0]}"),
              AllOf(HasSubstr("g.jsonl:2: 2 layers"), HasSubstr("every layer")));
  EXPECT_THAT(second("{\"full\": [1, 0, 1, 1]}"), HasSubstr("g.jsonl:2: 4 layers"));
  EXPECT_THAT(second("{\"full\": [1, 0, 2]}"), HasSubstr("g.jsonl:2: a decision is 2"));
  EXPECT_THAT(second("{\"full\": [1, 0, 0.5]}"), HasSubstr("g.jsonl:2: a decision is 0.5"));
  EXPECT_THAT(second("{\"full\": [1, 0, null]}"), HasSubstr("g.jsonl:2: a decision is null"));
  EXPECT_THAT(second("{\"full\": [1, 0, [1]]}"), HasSubstr("g.jsonl:2: a layer has 1 decisions"));
  EXPECT_THAT(second("{\"full\": [1, 0, [1, [0]]]}"), HasSubstr("g.jsonl:2: a decision is [0]"));
  EXPECT_THAT(second("{\"ful\": [1, 0, 1]}"), HasSubstr("g.jsonl:2: not a JSON object"));
  EXPECT_THAT(second("{\"full\": 1}"), HasSubstr("g.jsonl:2: "));
  EXPECT_THAT(second("[1, 0, 1]"), HasSubstr("g.jsonl:2: "));
  EXPECT_THAT(second("{\"full\": [1, 0,"), HasSubstr("g.jsonl:2: "));
  EXPECT_THAT(second("{\"full\": [1, 0, NaN]}"), HasSubstr("g.jsonl:2: "));
  EXPECT_THAT(jsonl_problem("\n"), HasSubstr("g.jsonl:1: no decisions"));
  EXPECT_THAT(second("{\"full\": [1, 0, 1],}"), HasSubstr("g.jsonl:2: no JSON"));
  EXPECT_THAT(second("{\"full\": [1, 0, 1], \"full\": [0, 0, 0]}"),
              HasSubstr("g.jsonl:2: key 'full' is there twice"));
  EXPECT_THAT(
      second("{\"full\": [1, 0, " + std::string(65'600, '[') + std::string(65'600, ']') + "]}"),
      HasSubstr("g.jsonl:2: more than 32 levels"));
  EXPECT_LT(second("{\"full\": [1, 0, \"" + std::string(1 << 20, 'x') + "\"]}").size(), 400u);
}

TEST_F(GateFile, Hdf5ReadsLayersAndHeads) {
  EXPECT_EQ(read_gate_file(hdf5({2, 3}, {1, 0, 0, 0, 1, 1}), kModel).full,
            (std::vector<std::uint8_t>{1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1}));
  EXPECT_EQ(read_gate_file(hdf5({1, 3, 2}, {1, 0, 0, 0, 1, 1}, H5T_STD_I8LE), kModel).full,
            (std::vector<std::uint8_t>{1, 0, 0, 0, 1, 1}));
}

TEST_F(GateFile, Hdf5BadContentsAreNamedWithTheFile) {
  EXPECT_THAT(hdf5_problem({1, 3}, {1, 0, 2}), AllOf(HasSubstr("g.h5: "), HasSubstr("holds 2")));
  EXPECT_THAT(hdf5_problem({1, 3}, {1, 0, 255}), HasSubstr("holds 255"));
  EXPECT_THAT(hdf5_problem({1, 3}, {1, 0, -1}, H5T_STD_I8LE), HasSubstr("holds -1"));
  EXPECT_THAT(hdf5_problem({1, 2}, {1, 0}), HasSubstr("does not fit small"));
  EXPECT_THAT(hdf5_problem({1, 3, 1}, {1, 0, 1}), HasSubstr("does not fit small"));
  EXPECT_THAT(hdf5_problem({3}, {1, 0, 1}), HasSubstr("1 axes"));
  EXPECT_THAT(hdf5_problem({0, 3}, {}), HasSubstr("does not fit small"));
  EXPECT_THAT(hdf5_problem({1, 3}, {1, 0, 1}, H5T_STD_I32LE), HasSubstr("8-bit"));
  EXPECT_THAT(hdf5_problem({1, 3}, {1, 0, 1}, H5T_IEEE_F32LE), HasSubstr("8-bit"));
  EXPECT_THAT(hdf5_problem({1, 3}, {1, 0, 1}, H5T_STD_U8LE, "gates"),
              HasSubstr("no dataset /full"));
}

TEST_F(GateFile, ATruncatedOrForeignHdf5FileIsTheUsersError) {
  auto const whole = hdf5({2, 3}, {1, 0, 0, 0, 1, 1});
  std::ifstream stream(whole, std::ios::binary);
  std::string const bytes{std::istreambuf_iterator<char>(stream), {}};
  for (std::size_t const size : {std::size_t{0}, std::size_t{8}, bytes.size() / 2}) {
    EXPECT_THAT(
        problem([&] { return read_gate_file(write("cut.h5", bytes.substr(0, size)), kModel); }),
        HasSubstr("cut.h5: not a readable HDF5 file"));
  }
  EXPECT_THAT(problem([&] { return read_gate_file(write("text.h5", kLayers), kModel); }),
              HasSubstr("text.h5"));
}

/// A dataset /full of 2 requests, 3 layers, of which `rows` requests are written as zeros.
std::string partly_written(std::string const& path, hid_t properties, hsize_t rows) {
  hid_t const file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  std::array<hsize_t, 2> const shape = {2, 3};
  hid_t const space = H5Screate_simple(2, shape.data(), nullptr);
  hid_t const data =
      H5Dcreate2(file, "full", H5T_STD_U8LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
  if (rows > 0) {
    std::array<hsize_t, 2> const begin = {0, 0};
    std::array<hsize_t, 2> const count = {rows, 3};
    H5Sselect_hyperslab(space, H5S_SELECT_SET, begin.data(), nullptr, count.data(), nullptr);
    hid_t const memory = H5Screate_simple(2, count.data(), nullptr);
    std::array<int, 6> const zeros{};
    EXPECT_GE(H5Dwrite(data, H5T_NATIVE_INT, memory, space, H5P_DEFAULT, zeros.data()), 0);
    H5Sclose(memory);
  }
  H5Dclose(data);
  H5Sclose(space);
  H5Fclose(file);
  return path;
}

TEST_F(GateFile, Hdf5ValuesThatWereNeverWrittenAreNotTakenForSparse) {
  hid_t const contiguous = H5Pcreate(H5P_DATASET_CREATE);
  hid_t const chunked = H5Pcreate(H5P_DATASET_CREATE);
  std::array<hsize_t, 2> const one_request = {1, 3};
  H5Pset_chunk(chunked, 2, one_request.data());
  hid_t const early = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_alloc_time(early, H5D_ALLOC_TIME_EARLY);
  auto const said = [&](hid_t properties, hsize_t rows) {
    auto const file = partly_written(path("part.h5"), properties, rows);
    return problem([&] { return read_gate_file(file, kModel); });
  };

  EXPECT_THAT(said(contiguous, 0), HasSubstr("was created and never written"));
  EXPECT_THAT(said(chunked, 0), HasSubstr("0 of 2 chunks"));
  EXPECT_THAT(said(chunked, 1), HasSubstr("1 of 2 chunks"));
  EXPECT_THAT(said(early, 0), HasSubstr("may never have been written"));
  for (hid_t const properties : {contiguous, chunked}) {
    auto const file = partly_written(path("whole.h5"), properties, 2);
    EXPECT_EQ(read_gate_file(file, kModel).full, std::vector<std::uint8_t>(12, 0));
  }
  for (hid_t const properties : {contiguous, chunked, early}) H5Pclose(properties);
}

TEST_F(GateFile, Hdf5ValuesInAnotherFileAreRefused) {
  hid_t const external = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(external, path("raw").c_str(), 0, 6);
  auto const file = partly_written(path("external.h5"), external, 2);
  H5Pclose(external);

  EXPECT_THAT(problem([&] { return read_gate_file(file, kModel); }),
              HasSubstr("keeps its values in another file"));

  hid_t const virtual_one = H5Pcreate(H5P_DATASET_CREATE);
  std::array<hsize_t, 2> const shape = {2, 3};
  hid_t const space = H5Screate_simple(2, shape.data(), nullptr);
  H5Pset_virtual(virtual_one, space, file.c_str(), "full", space);
  H5Sclose(space);
  auto const elsewhere = partly_written(path("virtual.h5"), virtual_one, 0);
  H5Pclose(virtual_one);

  EXPECT_THAT(problem([&] { return read_gate_file(elsewhere, kModel); }),
              HasSubstr("keeps its values in another file"));
}

TEST_F(GateFile, AllFormatsSayTheSame) {
  Random random(4);
  std::string csv_text = "request,layer,kv_head,full\n";
  std::string jsonl_text;
  std::vector<int> values;
  for (int request = 0; request < 5; ++request) {
    jsonl_text += "{\"full\": [";
    for (int layer = 0; layer < 3; ++layer) {
      jsonl_text += layer ? ", [" : "[";
      for (int head = 0; head < 2; ++head) {
        auto const value = static_cast<int>(random.below(2));
        values.push_back(value);
        jsonl_text += (head ? ", " : "") + std::to_string(value);
        csv_text += std::to_string(request) + "," + std::to_string(layer) + "," +
                    std::to_string(head) + "," + std::to_string(value) + "\n";
      }
      jsonl_text += "]";
    }
    jsonl_text += "]}\n";
  }
  std::vector<std::uint8_t> const expected(values.begin(), values.end());

  EXPECT_EQ(csv(csv_text).full, expected);
  EXPECT_EQ(jsonl(jsonl_text).full, expected);
  EXPECT_EQ(read_gate_file(hdf5({5, 3, 2}, values), kModel).full, expected);
}

TEST_F(GateFile, AnUnknownFormatAndAnAbsentFileAreNamed) {
  EXPECT_THAT(problem([&] { return read_gate_file(write("gates.npy", "\x93NUMPY"), kModel); }),
              AllOf(HasSubstr("gates.npy:1: "), HasSubstr("CSV, JSON lines or HDF5")));
  for (char const* ending : {"csv", "jsonl", "h5", "tsv", "json"}) {
    auto const absent = path(std::string("absent.") + ending);
    EXPECT_THAT(problem([&] { return read_gate_file(absent, kModel); }), HasSubstr(absent));
  }
}

TEST_F(GateFile, TheContentTellsTheFormat) {
  auto const expected = csv(kLayers).full;
  EXPECT_EQ(read_gate_file(write("gates", kLayers), kModel).full, expected);
  EXPECT_EQ(read_gate_file(write("gates.txt", "{\"full\": [1, 0, 1]}\n"), kModel).full, expected);
  auto const h5 = hdf5({1, 3}, {1, 0, 1});
  std::filesystem::rename(h5, path("gates.data"));
  EXPECT_EQ(read_gate_file(path("gates.data"), kModel).full, expected);
}

TEST_F(GateFile, DuoScoresAreALinePerLayer) {
  EXPECT_EQ(duo_scores("0.5\t1\n0\t0.25\n\n1e-3\t0\n"),
            (std::vector<double>{0.5, 1, 0, 0.25, 1e-3, 0}));
}

TEST_F(GateFile, DuoScoresAreClippedToShares) {
  EXPECT_EQ(duo_scores("-0.125\t1.5\n-1e-9\t0.25\n1\t0\n"),
            (std::vector<double>{0, 1, 0, 0.25, 1, 0}));
}

TEST_F(GateFile, BadDuoScoresAreNamedWithFileAndLine) {
  auto const bad = [&](std::string const& text) {
    return problem([&] { return duo_scores(text); });
  };

  EXPECT_THAT(bad("0\t1\n0\n0\t1\n"), HasSubstr("d.tsv:2: 1 numbers, but small has 2 KV heads"));
  EXPECT_THAT(bad("0\t1\n0\t1\t1\n0\t1\n"), HasSubstr("d.tsv:2: 3 numbers"));
  EXPECT_THAT(bad("0\t1\n0\tx\n0\t1\n"), HasSubstr("d.tsv:2: 'x'"));
  EXPECT_THAT(bad("0\t1\n0\tnan\n0\t1\n"), HasSubstr("d.tsv:2: 'nan'"));
  EXPECT_THAT(bad("0\t1\n0\t1e999\n0\t1\n"), HasSubstr("d.tsv:2: '1e999'"));
  EXPECT_THAT(bad("0\t1\n0\t1\n"), HasSubstr("d.tsv:2: 2 layers, but small has 3"));
  EXPECT_THAT(bad(""), HasSubstr("0 layers"));
  EXPECT_THAT(bad("0\t1\n0\t1\n0\t1\n0\t1\n"), HasSubstr("d.tsv:4: more layers than the 3"));
}

}  // namespace
}  // namespace fluxscope::plan

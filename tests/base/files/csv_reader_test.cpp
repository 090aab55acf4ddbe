#include "base/files/csv_reader.hpp"

#include <gmock/gmock.h>

#include "tests/refusal.hpp"
#include "tests/test_folder.hpp"

namespace fluxscope {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::refusal;

class CsvReaderTest : public testing::TestFolder {
 protected:
  [[nodiscard]] std::string problem(std::string const& text) const {
    std::string const file = write("table.csv", text);
    return refusal([&] {
      CsvReader reader(file, 1 << 20);
      std::vector<std::string> cells;
      while (reader.next(cells)) {
      }
    });
  }
};

TEST_F(CsvReaderTest, RowsKeepTheirLines) {
  CsvReader reader(write("table.csv", "a,b\n1,2\n\n\"x,\"\"y\"\"\",\r\n"), 1 << 20);
  std::vector<std::string> cells;
  EXPECT_THAT(reader.columns(), ElementsAre("a", "b"));
  EXPECT_EQ(reader.at("b"), 1u);
  EXPECT_EQ(reader.find("c"), std::nullopt);
  ASSERT_TRUE(reader.next(cells));
  EXPECT_THAT(cells, ElementsAre("1", "2"));
  ASSERT_TRUE(reader.next(cells));
  EXPECT_THAT(cells, ElementsAre("x,\"y\"", ""));
  EXPECT_EQ(reader.line(), 4);
  EXPECT_FALSE(reader.next(cells));
}

TEST_F(CsvReaderTest, BadTablesAreRefusedWithTheirLine) {
  EXPECT_THAT(problem(""), HasSubstr("no header"));
  EXPECT_THAT(problem("a,,b\n"), AllOf(HasSubstr("table.csv:1: "), HasSubstr("column 2")));
  EXPECT_THAT(problem("a,b,a\n"), HasSubstr("'a' is there twice"));
  EXPECT_THAT(problem("a,b\n1,2\n3\n"), AllOf(HasSubstr("table.csv:3: "), HasSubstr("1 cells")));
  EXPECT_THAT(problem("a,b\n1,\"2\n"), AllOf(HasSubstr("table.csv:2: "), HasSubstr("quote")));
}

TEST_F(CsvReaderTest, AMissingColumnIsNamedWithTheNearMiss) {
  CsvReader const reader(write("table.csv", "kv_lens,b\n"), 1 << 20);
  EXPECT_THAT(refusal([&] { (void)reader.at("kv_len"); }),
              AllOf(HasSubstr("no column 'kv_len'"), HasSubstr("there is 'kv_lens')")));
  EXPECT_THAT(refusal([&] { (void)reader.at("head_dim"); }), HasSubstr("'kv_lens', 'b'"));
}

}  // namespace
}  // namespace fluxscope

#include "base/toml/nesting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string_view>

#include "base/toml/reader.hpp"
#include "tests/refusal.hpp"

namespace fluxscope {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string problem(std::string const& text) {
  return testing::refusal([&] { (void)TomlTable::parse(text, "x.toml"); });
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (std::string_view const part : parts) all += part;
  return all;
}

std::string repeated(std::string const& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST(TomlNesting, BracketsAreBounded) {
  EXPECT_EQ(problem(joined({"a = ", repeated("[", 32), repeated("]", 32)})), "accepted");
  EXPECT_THAT(problem(joined({"\na = ", repeated("[", 33), repeated("]", 33)})),
              StartsWith("x.toml:2: more than 32 levels"));
  EXPECT_THAT(problem(joined({"a = ", repeated("[\n", 65'600)})), HasSubstr("more than 32 levels"));
  EXPECT_THAT(problem(joined({"a = ", repeated("{b = ", 65'600)})),
              HasSubstr("more than 32 levels"));
}

TEST(TomlNesting, PartsOfAKeyAreBounded) {
  EXPECT_EQ(problem(joined({repeated("a.", 15), "b = 1"})), "accepted");
  EXPECT_THAT(problem(joined({repeated("a.", 16), "b = 1"})),
              HasSubstr("more than 16 parts in a key"));
  EXPECT_THAT(problem(joined({"[", repeated("a.", 65'600), "b]"})),
              HasSubstr("more than 16 parts"));
  EXPECT_THAT(problem(joined({"x = 1\n[[", repeated("'a' . ", 65'600), "b]]"})),
              StartsWith("x.toml:2: "));
}

TEST(TomlNesting, StringsAndCommentsHaveNoBrackets) {
  std::string const brackets = repeated("[", 100);
  EXPECT_EQ(
      problem(joined({"# ", brackets, "\na = '", brackets, "'\nb = \"\\\"", brackets, "\"\n"})),
      "accepted");
  EXPECT_EQ(problem(joined(
                {"a = '''\n'' ", brackets, "'''\nb = \"\"\"\n\" \\\"\"\" ", brackets, "\"\"\"\n"})),
            "accepted");
  EXPECT_THAT(problem(joined({"a = '''x''' # '''\nb = ", brackets})),
              StartsWith("x.toml:2: more than 32"));
}

TEST(TomlNesting, ListsOfTablesOneAfterAnotherAreNotNested) {
  EXPECT_EQ(problem(repeated("[[a]]\nb = [1.5, 2.5]\n", 500)), "accepted");
  EXPECT_EQ(problem(joined({"a = [", repeated("1.5, ", 500), "1.5]"})), "accepted");
}

}  // namespace
}  // namespace fluxscope

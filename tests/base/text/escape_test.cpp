#include "base/text/escape.hpp"

#include <gtest/gtest.h>

#include "base/text/label.hpp"
#include "base/toml/reader.hpp"

namespace fluxscope {
namespace {

TEST(CsvCell, QuotesWhatRfc4180AsksFor) {
  EXPECT_EQ(csv_cell("decode/b1"), "decode/b1");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"a\""), "\"say \"\"a\"\"\"");
  EXPECT_EQ(csv_cell("a\nb"), "\"a\nb\"");
  EXPECT_EQ(csv_cell(""), "");
}

TEST(CsvCell, NoSpreadsheetRunsIt) {
  EXPECT_EQ(csv_cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
  EXPECT_EQ(csv_cell("=1,2"), "\"'=1,2\"");
  EXPECT_EQ(csv_cell("+a"), "'+a");
  EXPECT_EQ(csv_cell("-2+3"), "'-2+3");
  EXPECT_EQ(csv_cell("@SUM(1)"), "'@SUM(1)");
  EXPECT_EQ(csv_cell("\t=1"), "'\t=1");
  EXPECT_EQ(csv_cell("\r=1"), "\"'\r=1\"");
}

TEST(CsvCell, ANumberStaysANumber) {
  for (char const* number : {"-2", "-2.5e-3", "-0", "17"}) EXPECT_EQ(csv_cell(number), number);
  EXPECT_EQ(csv_cell("-"), "'-");
  EXPECT_EQ(csv_cell("-inf"), "'-inf");
}

TEST(MarkdownText, NothingIsAMark) {
  EXPECT_EQ(markdown_text("a|b"), "a\\|b");
  EXPECT_EQ(markdown_text("`rm`"), "\\`rm\\`");
  EXPECT_EQ(markdown_text("<script>&amp;"), "&lt;script&gt;&amp;amp;");
  EXPECT_EQ(markdown_text("[a](b)"), "\\[a\\](b)");
  EXPECT_EQ(markdown_text("*a* _b_ ~c~ \\"), "\\*a\\* \\_b\\_ \\~c\\~ \\\\");
  EXPECT_EQ(markdown_text("# a"), "\\# a");
}

TEST(MarkdownText, StaysOnItsLine) {
  EXPECT_EQ(markdown_text("a\n# b"), "a\\\\n# b");
  EXPECT_EQ(markdown_text("\x1b[2J"), "\\\\x1b\\[2J");
}

TEST(MarkdownText, PlainWordsStayAsTheyAre) {
  for (char const* text : {"two_pool", "decode/b8/kv131072/full4of8/two_pool/longest_first",
                           "12.5 %", "\xC2\xB1 3", "1.016-1.024x"}) {
    EXPECT_EQ(markdown_text(text), text);
  }
}

TEST(TomlText, ReadsBackAsItWas) {
  for (std::string const& text : {std::string("plain"), std::string("a \"b\" \\ c"),
                                  std::string("two\nlines\t\x1b"), std::string("\xC3\xA4, #")}) {
    EXPECT_EQ(TomlTable::parse("a = " + toml_text(text), "x").text("a"), text);
  }
  EXPECT_EQ(TomlTable::parse("a = " + toml_text("\xff"), "x").text("a"), "\xEF\xBF\xBD");
}

TEST(LabelProblem, ALabelIsOneShortLine) {
  EXPECT_EQ(label_problem("h200, by \xC3\xA4"), std::nullopt);
  EXPECT_EQ(label_problem(std::string(200, 'a')), std::nullopt);
  EXPECT_NE(label_problem(std::string(201, 'a')), std::nullopt);
  for (char const* text : {"", "a\nb", "\x1b[2J", "\xff"}) {
    EXPECT_NE(label_problem(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace fluxscope

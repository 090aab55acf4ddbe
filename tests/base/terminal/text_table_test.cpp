#include "base/terminal/text_table.hpp"

#include <gtest/gtest.h>

namespace fluxscope {
namespace {

TEST(TextTableTest, FirstColumnLeftTheOthersRight) {
  TextTable table({"name", "time"});
  table.add({"a", "1.5 ms"});
  table.add({"longer", "12 us"});

  EXPECT_EQ(table.text(),
            "name      time\n"
            "a       1.5 ms\n"
            "longer   12 us\n");
}

TEST(TextTableTest, WidthsCountCharactersNotBytes) {
  TextTable table({"x", "µs"});
  table.add({"b", "10"});

  EXPECT_EQ(table.text(), "x  µs\nb  10\n");
}

TEST(TextTableTest, AShortRowHasNoTrailingSpaces) {
  TextTable table({"name", "value"});
  table.add({"only"});

  EXPECT_EQ(table.text(), "name  value\nonly\n");
}

TEST(TextTableTest, MarkdownAlignsTheSame) {
  TextTable table({"a", "b"});
  table.add({"x", "1"});

  EXPECT_EQ(table.markdown(), "| a | b |\n| --- | ---: |\n| x | 1 |\n");
}

TEST(TextTableTest, ACellIsNeitherALineNorAMark) {
  TextTable table({"a", "b"});
  table.add({"x\n\x1b[2J", "y|`z`<b>"});

  EXPECT_EQ(table.text(), "a                  b\nx\\n\\x1b[2J  y|`z`<b>\n");
  EXPECT_EQ(table.markdown(),
            "| a | b |\n| --- | ---: |\n| x\\\\n\\\\x1b\\[2J | y\\|\\`z\\`&lt;b&gt; |\n");
}

}  // namespace
}  // namespace fluxscope

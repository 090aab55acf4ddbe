#include "base/text/printable.hpp"

#include <gtest/gtest.h>

#include "base/text/utf8.hpp"

namespace fluxscope {
namespace {

TEST(Utf8, OnlyWellFormedSequencesCount) {
  EXPECT_EQ(utf8_length("a"), 1u);
  EXPECT_EQ(utf8_length("\xC3\xA4x"), 2u);         // a umlaut
  EXPECT_EQ(utf8_length("\xE2\x82\xAC"), 3u);      // euro
  EXPECT_EQ(utf8_length("\xF0\x9F\x98\x80"), 4u);  // U+1F600
  EXPECT_EQ(utf8_length("\xC3"), 0u);              // cut
  EXPECT_EQ(utf8_length("\x80"), 0u);              // begins in the middle
  EXPECT_EQ(utf8_length("\xC0\xAF"), 0u);          // overlong '/'
  EXPECT_EQ(utf8_length("\xE0\x80\xAF"), 0u);      // the same in three bytes
  EXPECT_EQ(utf8_length("\xED\xA0\x80"), 0u);      // a surrogate
  EXPECT_EQ(utf8_length("\xF4\x90\x80\x80"), 0u);  // U+110000
  EXPECT_TRUE(is_utf8("caf\xC3\xA9"));
  EXPECT_FALSE(is_utf8("caf\xE9"));
}

TEST(Printable, NothingThatMovesACursorIsLeft) {
  EXPECT_EQ(printable("a\x1b[2Jb"), "a\\x1b[2Jb");
  EXPECT_EQ(printable(std::string_view("\0\r\x7f", 3)), "\\x00\\x0d\\x7f");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\\xc2\\x9b31m");  // C1's CSI
  EXPECT_EQ(printable("\xE2\x80\xAE"
                      "x"),
            "\\xe2\\x80\\xaex");                              // right-to-left override
  EXPECT_EQ(printable("a\xEF\xBB\xBF"), "a\\xef\\xbb\\xbf");  // a byte order mark inside
  EXPECT_EQ(printable("\xff\xC3\xA4"), "\\xff\xC3\xA4");
}

TEST(Printable, LineEndsAreKeptOnlyWhereTheyAreLayout) {
  EXPECT_EQ(printable("a\n\tb", Layout::kept), "a\n\tb");
  EXPECT_EQ(printable("a\n\tb"), "a\\n\\tb");
  EXPECT_EQ(printable("a\rb", Layout::kept), "a\\x0db");
}

TEST(Shown, LongValuesAreCutToTheirCharactersAndSayHowLongTheyAre) {
  EXPECT_EQ(shown("abc", 3), "abc");
  EXPECT_EQ(shown("abcd", 3), "abc... (4 bytes)");
  EXPECT_EQ(shown("\xE2\x82\xAC\xE2\x82\xAC", 1), "\xE2\x82\xAC... (6 bytes)");
  EXPECT_EQ(in_quotes("it"), "'it'");
  EXPECT_LT(shown(std::string(5'000'000, 'x')).size(), 110u);
}

TEST(MessageText, KeepsTheBeginningAndTheEndOfALongMessage) {
  EXPECT_EQ(message_text("a.toml:1: b\n"), "a.toml:1: b\\n");
  std::string const text = message_text("a.toml: " + std::string(1 << 20, 'x') + " give less");
  EXPECT_LT(text.size(), 1600u);
  EXPECT_TRUE(text.starts_with("a.toml: xxx"));
  EXPECT_TRUE(text.ends_with("xxx give less"));
}

TEST(MessageText, CutsBetweenCharacters) {
  for (int shift = 0; shift < 4; ++shift) {
    std::string message(static_cast<std::size_t>(shift), 'a');
    for (int i = 0; i < 2000; ++i) message += "\xF0\x9F\x98\x80";
    EXPECT_TRUE(is_utf8(message_text(message))) << shift;
  }
}

}  // namespace
}  // namespace fluxscope

#include "base/toml/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>

#include "base/error.hpp"

namespace fluxscope {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TomlTable table(std::string const& text) { return TomlTable::parse(text, "x.toml"); }

std::string problem(std::function<void()> const& read) {
  try {
    read();
  } catch (InputError const& error) {
    return error.what();
  }
  return "accepted";
}

TEST(TomlReader, AKeyThatBeginsWithNoLetterOfAKeyIsRefused) {
  // toml++ asserts here where asserts are on.
  for (char const* text : {"a.\x07 = 1\n", ". = 1\n", "a. = 1\n", "{ = 1\n", "[.]\n", "[a.]\n"}) {
    EXPECT_THROW(static_cast<void>(table(text)), InputError) << text;
  }
}

TEST(TomlReader, LettersOfAnyLanguageAreKeptAndRefusedWhereNoneMayStand) {
  // toml++ 3.3 takes these for characters that cannot occur, wherever it looks for white space.
  for (std::string const letter : {"\u00e9", "\u0416", "\u3042", "\ufe8d"}) {
    auto const file = table("'" + letter + "' = \"\"\"" + letter + "\\\n " + letter + "\"\"\"\n");
    EXPECT_THAT(file.keys(), ElementsAre(letter));
    EXPECT_EQ(file.text(letter), letter + letter);
    EXPECT_THAT(table("['" + letter + "'.b]\n").keys(), ElementsAre(letter));
    for (std::string const& text :
         {letter + " = 1\n", "a = " + letter + "\n", "a = 1" + letter, "a " + letter + "= 1\n",
          "a = \"\"\"\\" + letter + "\"\"\"\n"}) {
      EXPECT_THROW(static_cast<void>(table(text)), InputError) << text;
    }
  }
}

TEST(TomlReader, ReadsEveryType) {
  auto const file = table(
      "text = 'a'\nwhole = 3\nreal = 0.5\nyes = true\nwholes = [1, 2]\nreals = [1, 2.5]\n"
      "texts = ['b', 'c']\n[inner]\nx = 1\n[[rows]]\nx = 2\n[[rows]]\nx = 3\n");

  EXPECT_EQ(file.text("text"), "a");
  EXPECT_EQ(file.choice("text", {"b", "a"}), "a");
  EXPECT_EQ(file.integer("whole"), 3);
  EXPECT_EQ(file.number("real"), 0.5);
  EXPECT_EQ(file.number("whole"), 3);  // a whole number is a number
  EXPECT_TRUE(file.boolean_or("yes", false));
  EXPECT_THAT(file.integers("wholes"), ElementsAre(1, 2));
  EXPECT_THAT(file.numbers("reals"), ElementsAre(1, 2.5));
  EXPECT_THAT(file.texts("texts"), ElementsAre("b", "c"));
  EXPECT_EQ(file.table("inner").integer("x"), 1);
  ASSERT_EQ(file.tables("rows").size(), 2u);
  EXPECT_EQ(file.tables("rows")[1].integer("x"), 3);
  file.close();
}

TEST(TomlReader, ListsOfWholeNumbersInAListAreReadAndChecked) {
  auto const lists = table("a = [[1, 2], [3]]").integer_lists("a", {1, 3});
  ASSERT_EQ(lists.size(), 2u);
  EXPECT_THAT(lists[0], ElementsAre(1, 2));
  EXPECT_THAT(lists[1], ElementsAre(3));
  auto const said = [](std::string const& text) {
    return problem([&] { (void)table(text).integer_lists("a", {1, 3}); });
  };
  EXPECT_THAT(said("a = [1, 2]"), HasSubstr("x.toml:1: a = 1 is not a list"));
  EXPECT_THAT(said("a = [[1],\n[4]]"), HasSubstr("x.toml:2: a = 4 is outside [1, 3]"));
  EXPECT_THAT(said("a = [[1.5]]"), HasSubstr("not a whole number"));
}

TEST(TomlReader, AbsentOptionalKeysHaveTheirFallback) {
  auto const file = table("");

  EXPECT_FALSE(file.has("a"));
  EXPECT_EQ(file.text_or("a", "b"), "b");
  EXPECT_EQ(file.integer_or("a", 4), 4);
  EXPECT_EQ(file.number_or("a", 0.25), 0.25);
  EXPECT_TRUE(file.boolean_or("a", true));
  EXPECT_TRUE(file.tables("a").empty());
}

TEST(TomlReader, KeysComeInFileOrder) {
  EXPECT_THAT(table("b = 1\na = 2\nc = 3\n").keys(), ElementsAre("b", "a", "c"));
}

TEST(TomlReader, AMissingKeyNamesItsTableAndAMisspelling) {
  auto const file = table("\n[measure]\nsampels = 3\n");

  EXPECT_THAT(problem([&] { (void)file.table("measure").integer("samples"); }),
              AllOf(StartsWith("x.toml:2: key 'samples' is missing"), HasSubstr("'sampels'")));
}

TEST(TomlReader, AnotherUnitIsNamedThoughItsSpellingIsFar) {
  auto const file = table("kv_lens_ms = [1]\n");

  EXPECT_THAT(problem([&] { (void)file.integers("kv_lens_tokens"); }),
              AllOf(HasSubstr("'kv_lens_ms'"), HasSubstr("unit")));
}

TEST(TomlReader, AnUnknownKeyIsRefusedWithItsLineAndNearMiss) {
  auto const file = table("samples = 3\nwarmup = 1\nzzz = 2\n");
  (void)file.integer("samples");
  (void)file.integer_or("warmups", 1);

  EXPECT_THAT(problem([&] { file.close(); }),
              AllOf(StartsWith("x.toml:2: unknown key 'warmup'"), HasSubstr("'warmups'")));
  (void)file.has("warmup");
  EXPECT_THAT(problem([&] { file.close(); }),
              AllOf(StartsWith("x.toml:3: unknown key 'zzz'"), HasSubstr("Remove it")));
}

TEST(TomlReader, AnotherTypeIsRefusedWithItsLine) {
  auto const file = table("a = 1\nb = 'x'\nc = 1.5\n");

  EXPECT_THAT(problem([&] { (void)file.text("a"); }), HasSubstr("x.toml:1: a = 1"));
  EXPECT_THAT(problem([&] { (void)file.number("b"); }), HasSubstr("x.toml:2: b = "));
  EXPECT_THAT(problem([&] { (void)file.integer("c"); }), HasSubstr("not a whole number"));
  EXPECT_THAT(problem([&] { (void)file.boolean_or("a", true); }), HasSubstr("true nor false"));
  EXPECT_THAT(problem([&] { (void)file.texts("b"); }), HasSubstr("[ ]"));
  EXPECT_THAT(problem([&] { (void)file.table("b"); }), HasSubstr("[b]"));
  EXPECT_THAT(problem([&] { (void)file.tables("b"); }), AllOf(HasSubstr("x.toml:2")));
}

TEST(TomlReader, NanAndInfinityAreOutsideEveryRange) {
  auto const file = table("a = nan\nb = inf\nc = [0.5, nan]\n");

  EXPECT_THAT(problem([&] { (void)file.number("a"); }), HasSubstr("x.toml:1"));
  EXPECT_THAT(problem([&] { (void)file.number("b", {0, 1}); }), HasSubstr("outside [0, 1]"));
  EXPECT_THAT(problem([&] { (void)file.numbers("c", {0, 1}); }), HasSubstr("x.toml:3"));
}

TEST(TomlReader, ZeroHasNoSign) {
  EXPECT_FALSE(std::signbit(TomlTable::parse("a = -0.0", "f.toml").number("a")));
}

TEST(TomlReader, RangesAreClosed) {
  auto const file = table("a = 4\n");

  EXPECT_EQ(file.integer("a", {4, 4}), 4);
  EXPECT_THAT(problem([&] {
                (void)file.integer("a", {5, 9});
              }),
              HasSubstr("x.toml:1: a = 4 is outside [5, 9]"));
  EXPECT_THAT(problem([&] { (void)file.integer("a", {1, 3}); }), HasSubstr("outside [1, 3]"));
}

TEST(TomlReader, AChoiceNamesTheNearMiss) {
  auto const file = table("a = 'decod'\n");

  EXPECT_THAT(problem([&] {
                (void)file.choice("a", {"prefill", "decode"});
              }),
              AllOf(HasSubstr("x.toml:1"), HasSubstr("expected 'decode'")));
}

TEST(TomlReader, ALabelIsALineOfText) {
  auto const file = table("a = ''\nb = \"x\\ny\"\nc = \"\\u001b[2J\"\nd = '" +
                          std::string(201, 'd') + "'\ne = '" + std::string(200, 'e') + "'\n");

  EXPECT_EQ(file.label("e").size(), 200u);
  EXPECT_EQ(file.label_or("absent", "f"), "f");
  EXPECT_THAT(problem([&] { (void)file.label("a"); }), HasSubstr("x.toml:1: a ="));
  EXPECT_THAT(problem([&] { (void)file.label("b"); }), HasSubstr("control characters"));
  EXPECT_THAT(problem([&] { (void)file.label("c"); }), HasSubstr("control characters"));
  EXPECT_THAT(problem([&] { (void)file.label_or("d", "f"); }), HasSubstr("longer than 200 bytes"));
}

TEST(TomlReader, WhatAMessageEchoesIsCut) {
  std::string const many(1 << 20, 'x');
  for (std::string const& text :
       {"a = '" + many + "'", many + " = 1", "a = [" + std::string(1 << 20, ',') + "]",
        "a = [" + many + "]"}) {
    EXPECT_LT(problem([&] {
                auto const file = table(text);
                (void)file.integer("a");
              }).size(),
              400u);
  }
}

TEST(TomlReader, TextsAndListsAreBounded) {
  std::string list = "a = [";
  for (int i = 0; i < 65'537; ++i) list += "1,";
  EXPECT_THAT(problem([&] { (void)table(list + "]").integers("a"); }), HasSubstr("65537 entries"));
  EXPECT_THAT(problem([&] { (void)table("a = '" + std::string(65'537, 'x') + "'").text("a"); }),
              HasSubstr("longer than 65536 bytes"));
}

TEST(TomlReader, SyntaxErrorsAndDuplicateKeysHaveALine) {
  EXPECT_THAT(problem([] { (void)table("a = 1\na = 2\n"); }), StartsWith("x.toml:2: "));
  EXPECT_THAT(problem([] { (void)table("a = 1\nb = \n"); }), StartsWith("x.toml:2: "));
}

TEST(TomlReader, AFileThatCannotBeReadIsTheUsersError) {
  auto const folder = std::filesystem::temp_directory_path();
  EXPECT_THROW((void)TomlTable::load((folder / "fluxscope absent.toml").string()), InputError);
  EXPECT_THROW((void)TomlTable::load(folder.string()), InputError);
}

TEST(TomlReader, LoadReadsTheWholeFile) {
  auto const path = std::filesystem::temp_directory_path() /
                    ("fluxscope_toml_" + std::to_string(getpid()) + ".toml");
  std::ofstream(path) << "a = 1\n";

  EXPECT_EQ(TomlTable::load(path.string()).integer("a"), 1);
  EXPECT_EQ(TomlTable::load(path.string()).where("a"), path.string() + ":1");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace fluxscope

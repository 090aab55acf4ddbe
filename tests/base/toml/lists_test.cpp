#include "base/toml/lists.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"

namespace fluxscope {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TomlTable table(std::string const& text) { return TomlTable::parse("# one\n" + text, "x.toml"); }

template <class Read>
std::string problem(Read const& read) {
  try {
    (void)read();
  } catch (InputError const& error) {
    return error.what();
  }
  return "accepted";
}

TEST(TomlLists, ReadsListsInTheirOrder) {
  EXPECT_THAT(distinct_texts(table("k = ['b', 'a']"), "k"), ElementsAre("b", "a"));
  EXPECT_THAT(choices(table("k = ['b', 'a']"), "k", {"a", "b", "c"}), ElementsAre("b", "a"));
  EXPECT_THAT(ascending_integers(table("k = [1, 5]"), "k", {1, 5}), ElementsAre(1, 5));
  EXPECT_THAT(ascending_numbers(table("k = [0, 0.5]"), "k", {0, 1}), ElementsAre(0, 0.5));
}

TEST(TomlLists, AnEmptyListIsRefusedWithItsLine) {
  auto const empty = AllOf(HasSubstr("x.toml:2: k is empty"), HasSubstr("add a value"));
  auto const file = table("k = []");

  EXPECT_THAT(problem([&] { return distinct_texts(file, "k"); }), empty);
  EXPECT_THAT(problem([&] { return choices(file, "k", {"a"}); }), empty);
  EXPECT_THAT(problem([&] { return ascending_integers(file, "k", {}); }), empty);
  EXPECT_THAT(problem([&] { return ascending_numbers(file, "k", {}); }), empty);
}

TEST(TomlLists, AValueTwiceIsRefused) {
  EXPECT_THAT(problem([] { return distinct_texts(table("k = ['a', 'b', 'a']"), "k"); }),
              HasSubstr("x.toml:2: k holds 'a' twice"));
  EXPECT_THAT(problem([] { return ascending_integers(table("k = [1, 1]"), "k", {}); }),
              HasSubstr("x.toml:2: k is not strictly ascending"));
  EXPECT_THAT(problem([] { return ascending_numbers(table("k = [0.5, 0.25]"), "k", {}); }),
              HasSubstr("sort it"));
}

TEST(TomlLists, AnUnknownTextHasItsNearMissNamed) {
  EXPECT_THAT(problem([] {
                return choices(table("k = ['fusd']"), "k", {"fused", "masked"});
              }),
              AllOf(HasSubstr("x.toml:2: k holds 'fusd'"), HasSubstr("expected 'fused'")));
}

TEST(TomlLists, EveryElementIsWithinTheRange) {
  EXPECT_THAT(problem([] {
                return ascending_integers(table("k = [0, 4]"), "k", {1, 5});
              }),
              HasSubstr("x.toml:2: k = 0 is outside [1, 5]"));
  EXPECT_THAT(problem([] {
                return ascending_numbers(table("k = [0.5, nan]"), "k", {0, 1});
              }),
              HasSubstr("outside [0, 1]"));
}

}  // namespace
}  // namespace fluxscope

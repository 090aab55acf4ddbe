#include "base/json/parse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/refusal.hpp"

namespace fluxscope {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string problem(std::string_view text) {
  return testing::refusal([&] { (void)parse_json(text, "a.jsonl:3: "); });
}

TEST(ParseJson, ReadsAValue) {
  EXPECT_EQ(parse_json(R"( {"a": [1, true, null, "b"]} )", "")["a"][0], 1);
  EXPECT_EQ(problem(R"({"a": {"x": 1}, "b": {"x": 1}})"), "accepted");  // two objects' keys
}

TEST(ParseJson, WhatIsNoJsonIsNamedWithItsPlace) {
  for (char const* text :
       {"", "{", "[1,]", R"({"a": 1,})", "[1] 2", "[01]", "NaN", "'a'", "\"\xff\""}) {
    EXPECT_THAT(problem(text), AllOf(StartsWith("a.jsonl:3: no JSON from byte"), HasSubstr("mend")))
        << text;
  }
}

TEST(ParseJson, AKeyThereTwiceIsRefused) {
  EXPECT_THAT(problem(R"({"a": 1, "b": {"c": 1, "c": 2}})"), HasSubstr("key 'c' is there twice"));
  EXPECT_THAT(problem(R"({"\u0061": 1, "a": 2})"), HasSubstr("key 'a' is there twice"));
}

TEST(ParseJson, ANulByteIsNotTheEnd) {
  // The parser below takes it for the end of the text.
  EXPECT_THAT(problem(std::string_view("[1]\0", 4)), HasSubstr("a NUL byte"));
  EXPECT_THAT(problem(std::string_view("[1]\0[2]", 7)), HasSubstr("a NUL byte"));
}

TEST(ParseJson, NestingIsBounded) {
  auto const nested = [](std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
  };
  EXPECT_EQ(problem(nested(32)), "accepted");
  EXPECT_THAT(problem(nested(33)), HasSubstr("more than 32 levels"));
  EXPECT_THAT(problem(nested(65'600)), HasSubstr("more than 32 levels"));
  EXPECT_THAT(problem(std::string(5'000'000, '[')), HasSubstr("more than 32 levels"));
}

}  // namespace
}  // namespace fluxscope

#include "base/json/place.hpp"

#include <gtest/gtest.h>

namespace fluxscope {
namespace {

std::string const kText =
    "{\n \"a\": [1, {\"b\\\"\": \"x]}, \\\"y\"},\n  2.50 ],\n \"c\": {\"a\": null,\n"
    "  \"d\": 1e-05}\n}\n";

TEST(JsonPlace, GivesAValueAsItIsWritten) {
  EXPECT_EQ(json_text_of(kText, {"a", "0"}), "1");
  EXPECT_EQ(json_text_of(kText, {"a", "1", "b\""}), "\"x]}, \\\"y\"");
  EXPECT_EQ(json_text_of(kText, {"a", "2"}), "2.50");
  EXPECT_EQ(json_text_of(kText, {"c", "d"}), "1e-05");
  EXPECT_EQ(json_text_of(kText, {"c", "a"}), "null");
  EXPECT_EQ(json_text_of(" 7 ", {}), "7");
}

TEST(JsonPlace, GivesNothingWhereNoValueIs) {
  for (JsonPath const& path :
       {JsonPath{"d"}, {"a", "3"}, {"a", "b"}, {"c", "b"}, {"c", "d", "e"}, {"c", "a", "0"}}) {
    EXPECT_EQ(json_text_of(kText, path), std::nullopt) << path.back();
  }
  EXPECT_EQ(json_text_of("{}", {"a"}), std::nullopt);
  EXPECT_EQ(json_text_of("[]", {"0"}), std::nullopt);
}

TEST(JsonPlace, CountsLinesFromOneAndGivesThatOfWhatEnclosesAnAbsentValue) {
  EXPECT_EQ(json_line(kText, {}), 1);
  EXPECT_EQ(json_line(kText, {"a"}), 2);
  EXPECT_EQ(json_line(kText, {"a", "2"}), 3);
  EXPECT_EQ(json_line(kText, {"c", "a"}), 4);
  EXPECT_EQ(json_line(kText, {"c", "d"}), 5);
  EXPECT_EQ(json_line(kText, {"c", "absent", "further"}), 4);
  EXPECT_EQ(json_line(kText, {"absent"}), 1);
}

}  // namespace
}  // namespace fluxscope

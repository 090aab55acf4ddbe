#include "analysis/report/json_stream.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fluxscope::analysis {
namespace {

using Json = JsonStream::Json;

Json const kValue = {{"text", "a\nb \"c\" \x01 \xff <d>"},
                     {"none", nullptr},
                     {"list", {1, 2.5, {{"deep", true}}}},
                     {"empty list", Json::array()},
                     {"empty object", Json::object()}};

Json whole() {
  Json inner = {{"rows", Json::array()}, {"count", 2}};
  for (int i = 0; i < 3; ++i) inner["rows"].push_back({{"i", i}, {"value", kValue}});
  return {{"first", kValue},
          {"inner", inner},
          {"nothing", Json::array()},
          {"objects", {{{"a", 1}}, Json::object()}}};
}

std::string streamed(JsonStream::Layout layout) {
  JsonStream stream(layout);
  stream.member("first", kValue);
  stream.begin_object("inner");
  stream.list("rows", std::vector<int>{0, 1, 2}, [](int i) {
    return Json{{"i", i}, {"value", kValue}};
  });
  stream.members({{"count", 2}});
  stream.end();
  stream.list("nothing", std::vector<int>{}, [](int i) { return Json(i); });
  stream.begin_list("objects");
  stream.begin_object_element();
  stream.member("a", 1);
  stream.end();
  stream.begin_object_element();
  stream.end();
  stream.end();
  return stream.finish();
}

TEST(JsonStream, PiecesAreTheTextOfTheWhole) {
  auto const replace = Json::error_handler_t::replace;
  EXPECT_EQ(streamed(JsonStream::Layout::indented), whole().dump(1, ' ', false, replace));
  EXPECT_EQ(streamed(JsonStream::Layout::compact), whole().dump(-1, ' ', false, replace));
}

}  // namespace
}  // namespace fluxscope::analysis

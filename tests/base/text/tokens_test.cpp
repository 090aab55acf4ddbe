#include "base/text/tokens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/refusal.hpp"

namespace fluxscope {
namespace {

TEST(Tokens, KAndMAreBinary) {
  EXPECT_EQ(parse_tokens("131072", "x"), 131072);
  EXPECT_EQ(parse_tokens("128K", "x"), 131072);
  EXPECT_EQ(parse_tokens("1M", "x"), 1048576);
  EXPECT_EQ(parse_tokens("8M", "x"), 8388608);
}

TEST(Tokens, WhatIsNoNumberOfTokensIsRefused) {
  for (char const* text : {"", "K", "0", "-1", "128k", "1.5K", "128KB", "9M", "8193K", " 1",
                           "99999999999999999999", "9007199254740993K"}) {
    EXPECT_THAT(testing::refusal([&] { static_cast<void>(parse_tokens(text, "--context")); }),
                ::testing::AllOf(::testing::HasSubstr("--context '"),
                                 ::testing::HasSubstr("write e.g. 128K")))
        << text;
  }
}

}  // namespace
}  // namespace fluxscope
